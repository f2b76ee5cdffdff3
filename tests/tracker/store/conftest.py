import pytest

from tracker.store.database import open_for_writing


@pytest.fixture
def db(tmp_path):
    connection = open_for_writing(tmp_path / "catalogue.db")
    yield connection
    connection.close()
