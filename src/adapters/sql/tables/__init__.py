"""The tables, as SQLAlchemy Core knows them, a file per wing. The migrations make them; a test keeps the two equal."""

# Whoever asks for one table has all of them in the metadata.
from . import commitment as commitment
from . import directory as directory
from . import exchange as exchange
from . import files as files
from . import identity as identity
from . import inspection as inspection
from . import notice as notice
from . import operations as operations
from . import problem as problem
