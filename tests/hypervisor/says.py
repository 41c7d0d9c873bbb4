"""What libvirt and virsh say when they do not do what they are asked for; read off libvirt 9."""

_INVALID = "Requested operation is not valid: "
NO_GUEST = "failed to get domain '{}'"
NOT_RUNNING = _INVALID + "domain is not running"
RUNS = _INVALID + "domain is already running"
IN_MEMORY = _INVALID + "domain '{}' is already active"
STARTED = "Domain is already active"
NO_JOB = _INVALID + "no job is active on the domain"
LOCKED = (
    "Timed out during operation: cannot acquire state change lock "
    "(held by monitor=remoteDispatchDomainSave)"
)
CANCELED = "operation aborted: job 'domain save job' canceled by client"
_HELPER = "/usr/lib/libvirt/libvirt_iohelper"
NO_WRITE = f"operation failed: {_HELPER}: failure with {{0}}: Unable to write {{0}}: {{1}}"
NO_CREATE = "Failed to create file '{}': {}"
NO_OPEN = "Failed to open file '{}': {}"
PARTIAL = "operation failed: save image is incomplete"
NO_MAGIC = "operation failed: image magic is incorrect"
NO_DISK = "Cannot access storage file '{}': {}"
NO_MEMORY = (
    "internal error: qemu unexpectedly closed the monitor: qemu-system-x86_64: "
    "cannot set up guest memory 'pc.ram': Cannot allocate memory"
)
HOOK_SAID_NO = (
    "Hook script execution failed: internal error: Child process (LC_ALL=C {}) "
    "unexpected exit status {}: {}"
)
NO_INTERFACE = "interface '{}' not found"
NO_LINK_STATE = "invalid link state '{}'"
END_OF_FILE = "End of file while reading data: Input/output error"
NO_DAEMON = "failed to connect to the hypervisor"
NO_SOCKET = "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused"

UNEXPECTED = "unexpected data '{}'"
UNBALANCED = "missing {}"
NO_COMMAND = "unknown command: '{}'"
NO_OPTION = "command '{}' doesn't support option --{}"
NO_VALUE = "expected syntax: --{} <string>"
MISSING = "command '{}' requires <{}> option"
EMPTY = "Failed to get option '{}': Option argument is empty"

#: What virsh itself says before libvirt's reason.
FAILED = {
    "start": "Failed to start domain '{domain}'",
    "destroy": "Failed to destroy domain '{domain}'",
    "shutdown": "Failed to shutdown domain '{domain}'",
    "suspend": "Failed to suspend domain '{domain}'",
    "resume": "Failed to resume domain '{domain}'",
    "save": "Failed to save domain '{domain}' to {file}",
    "restore": "Failed to restore domain from {file}",
}
UNHEADED = ("failed to get domain", STARTED)


class Refused(Exception):
    """What libvirt says instead of doing it."""

    def __init__(self, text: str, *fields: object) -> None:
        """Keep one of the texts above with its fields, or a text as it is."""
        super().__init__(text.format(*fields) if fields else text)
