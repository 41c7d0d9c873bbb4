"""What the settings file and the environment say, and which goes first."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from bot.rules.errors import BadConfiguration
from bot.rules.limits import Limits
from bot.rules.policy.terms import PolicySettings
from bot.settings import Problem, load, shipped
from bot.settings.sections import LimitsSection, PolicySection, SettingsFile
from tests.unit.settings.folder import written

PRODUCTION = shipped("config") / "production"


def test_an_empty_file_gives_the_defaults_of_the_rules(tmp_path: Path) -> None:
    settings = load(written(tmp_path, {})).settings

    assert (settings.policy, settings.limits) == (PolicySettings(), Limits())


@pytest.mark.parametrize(
    ("section", "values"), [(PolicySection, PolicySettings), (LimitsSection, Limits)]
)
def test_a_section_has_exactly_the_keys_of_its_rules(
    section: type[PolicySection | LimitsSection], values: type[PolicySettings | Limits]
) -> None:
    assert list(section.model_fields) == [field.name for field in dataclasses.fields(values)]


def test_the_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    folder = written(tmp_path, {"maint.toml": "[limits]\nlooks = [5, 60]\norder = 'fair'"})

    assert load(folder).settings.limits == Limits(looks=(5.0, 60.0), order="fair")


def test_the_environment_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path, {"maint.toml": "[limits]\nshutdown = 100\nboot = 100"})
    monkeypatch.setenv("MAINT_LIMITS__SHUTDOWN", "120")

    assert load(folder).settings.limits == Limits(shutdown=120.0, boot=100.0)


def test_a_list_in_the_environment_is_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINT_ROLES__OPERATE", '["os:anna"]')

    assert load(written(tmp_path, {})).settings.roles.operate == ("os:anna",)


def test_variables_of_others_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINT_PAGER", "less")

    assert load(written(tmp_path, {})).settings.limits == Limits()


def test_the_data_folder_is_relative_to_the_file(tmp_path: Path) -> None:
    folder = written(tmp_path, {"maint.toml": "[data]\ndirectory = 'state'"})

    data = load(folder).settings.data

    assert data.directory == tmp_path / "state"
    assert data.database == str(tmp_path / "state" / "maint.sqlite")


def test_maint_data_is_relative_to_where_the_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("MAINT_DATA", "state")

    data = load(written(tmp_path, {"maint.toml": "[data]\ndirectory = '/x'"})).settings.data

    assert data.directory == tmp_path / "elsewhere" / "state"


def test_the_caller_chooses_the_data_folder_before_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINT_DATA", "/x")

    data = load(written(tmp_path, {}), data=tmp_path / "mine").settings.data

    assert data.directory == tmp_path / "mine"


def test_a_database_of_ones_own_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINT_DATA__DATABASE", "postgresql://maint@db.example.net/maint")

    data = load(written(tmp_path, {})).settings.data

    assert data.database == "postgresql://maint@db.example.net/maint"


def test_a_database_without_a_folder_is_in_the_data_folder(tmp_path: Path) -> None:
    folder = written(tmp_path, {"maint.toml": "[data]\ndatabase = 'mine.sqlite'"})

    assert load(folder, data=tmp_path).settings.data.database == str(tmp_path / "mine.sqlite")


def test_loading_makes_no_folder(tmp_path: Path) -> None:
    data = load(written(tmp_path, {}), data=tmp_path / "mine").settings.data

    assert not data.directory.exists()


def test_another_settings_file_has_the_same_fleet(tmp_path: Path) -> None:
    folder = written(tmp_path, {"other.toml": "[chat]\nconfirm_start = 'yes'"})

    other = load(folder, settings_file="other.toml")

    assert other.settings.confirm_start == "yes"
    assert other.fleet == load(folder).fleet


def test_a_second_person_is_asked_for_where_the_file_says_so(tmp_path: Path) -> None:
    text = "[chat]\nsecond_person = true\napprove_minutes = 5\nalone = true"

    settings = load(written(tmp_path, {"maint.toml": text})).settings

    assert (settings.second_person, settings.approve_minutes, settings.alone) == (True, 5, True)


def test_names_of_files_are_relative_to_the_folder(tmp_path: Path) -> None:
    settings = load(written(tmp_path, {})).settings

    assert settings.inventory == tmp_path / "inventory.toml"
    assert settings.world == tmp_path / "world.toml"


def test_keys_for_hosts_are_in_the_data_folder_unless_a_whole_path_is_given(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path, {"maint.toml": "[ssh]\nknown_hosts = '/etc/ssh/ssh_known_hosts'"})

    ssh = load(folder, data=tmp_path / "mine").settings.ssh

    assert ssh.key == tmp_path / "mine" / "id_ed25519"
    assert ssh.known_hosts == Path("/etc/ssh/ssh_known_hosts")


def test_the_embedded_default_needs_no_folder() -> None:
    assert sorted(load().fleet.hosts) == ["north", "south"]


def test_the_production_example_shows_every_setting() -> None:
    text = tomllib.loads((PRODUCTION / "maint.toml").read_text())

    shown = {section: list(keys) for section, keys in text.items()}
    sections = dict(SettingsFile.model_construct())

    assert shown == {name: list(type(section).model_fields) for name, section in sections.items()}


def test_the_production_example_has_the_shipped_rules() -> None:
    settings = load(PRODUCTION).settings

    assert (settings.policy, settings.limits) == (PolicySettings(), Limits())
    assert (settings.confirm_start, settings.plan.told_minutes) == ("name", 30)
    assert (settings.second_person, settings.approve_minutes, settings.alone) == (False, 15, False)


def test_a_key_that_could_be_guessed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINT_SECRETS__KEY", "short")

    with pytest.raises(BadConfiguration) as refused:
        load(written(tmp_path, {}))

    faults = refused.value.fields["faults"]
    assert isinstance(faults, tuple)
    assert [fault.problem for fault in faults] == [Problem.KEY_SHORT]
