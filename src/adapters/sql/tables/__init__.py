"""SQLAlchemy Core tables, one file per wing. The migrations create them; a test compares the two."""

# Importing one table registers all of them in the metadata.
from . import alert as alert
from . import commitment as commitment
from . import directory as directory
from . import exchange as exchange
from . import export as export
from . import files as files
from . import identity as identity
from . import inspection as inspection
from . import notice as notice
from . import operations as operations
from . import problem as problem
from . import report as report
