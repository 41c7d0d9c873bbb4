"""PGP/MIME (RFC 3156) by the operator's gpg agent, so that this process holds no key."""

from __future__ import annotations

import hashlib
import io
import logging
import re

import gnupg  # type: ignore[import-untyped]

from notifications.errors import Problem, TransportDown

# The library warns of, and traces, what is raised from here anyway.
logging.getLogger("gnupg").setLevel(logging.CRITICAL)

# Nobody sits before a daemon: a passphrase that the agent does not hold is an error, no question.
_OPTIONS = ["--pinentry-mode", "error"]
# RFC 4880, 9.4: the numbers that gpg reports, and RFC 3156, 5: their names in `micalg`.
_DIGESTS = {
    "2": "pgp-sha1",
    "8": "pgp-sha256",
    "9": "pgp-sha384",
    "10": "pgp-sha512",
    "11": "pgp-sha224",
}
_FIELD = re.compile(rb"\r\n(?![ \t])")
_DETAIL_LENGTH = 200


class Signer:
    """Signs posts with one key."""

    def __init__(self, key: str, home: str = "") -> None:
        """Use *key* (a fingerprint or user id) of the keys in *home*; empty: gpg's own folder."""
        self._key = key
        self._home = home or None

    def sign(self, content: bytes) -> bytes:
        """Return *content* as multipart/signed; what it says is the same, byte for byte.

        *content* is a finished mail with CRLF line ends, all of it ASCII. Repeating it makes
        another signature of the same. Blocks while gpg works.

        Raises:
            TransportDown: RELAY with phase "sign": gpg or the key is not there, or the agent
                would have to ask for the passphrase. Nothing has been handed over.
        """
        outer, part = _apart(content)
        signature, micalg = self._detached(part)
        return _together(outer, part, signature, micalg)

    def _detached(self, part: bytes) -> tuple[bytes, str]:
        try:
            gpg = gnupg.GPG(gnupghome=self._home, options=_OPTIONS)
            # Not --default-key, in whose absence gpg would take any other.
            signed = gpg.sign_file(
                io.BytesIO(part),
                clearsign=False,
                detach=True,
                extra_args=["--local-user", self._key],
            )
        except (OSError, ValueError) as error:
            raise _down(str(error)) from error
        micalg = _DIGESTS.get(str(signed.hash_algo))
        if not signed or micalg is None:
            raise _down(_last_line(signed.stderr))
        return bytes(signed.data).replace(b"\n", b"\r\n"), micalg


def _apart(content: bytes) -> tuple[bytes, bytes]:
    """Part the outer header from the part to be signed, which takes the fields of the content."""
    head, _, body = content.partition(b"\r\n\r\n")
    fields = _FIELD.split(head)
    inner = [field for field in fields if field.lower().startswith(b"content-")]
    outer = [field for field in fields if field not in inner]
    return b"\r\n".join(outer), b"\r\n".join(inner) + b"\r\n\r\n" + body


def _together(outer: bytes, part: bytes, signature: bytes, micalg: str) -> bytes:
    # "=_" occurs in no quoted-printable text, and a text cannot hold its own digest.
    boundary = b"=_" + hashlib.sha256(part).hexdigest()[:32].encode()
    delimiter = b"\r\n--" + boundary
    return b"".join(
        [
            outer,
            b'\r\nContent-Type: multipart/signed; micalg="%b";' % micalg.encode(),
            b'\r\n protocol="application/pgp-signature";',
            b'\r\n boundary="%b"\r\n' % boundary,
            delimiter,
            b"\r\n",
            part,
            delimiter,
            b'\r\nContent-Type: application/pgp-signature; name="signature.asc"\r\n\r\n',
            signature,
            delimiter,
            b"--\r\n",
        ]
    )


def _last_line(stderr: str) -> str:
    """Return what gpg said to people at last."""
    lines = [line for line in stderr.splitlines() if line and not line.startswith("[GNUPG:]")]
    return lines[-1] if lines else ""


def _down(detail: str) -> TransportDown:
    return TransportDown(Problem.RELAY, phase="sign", code=0, detail=detail[:_DETAIL_LENGTH])
