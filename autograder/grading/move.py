"""A gradebook that began as a file moves to a server: `python -m autograder.grading.move assignments/gradebook.db`.

It goes to the database that nbgrader_config.py names, in one transaction; the file stays as it is.
"""

from pathlib import Path
from typing import Annotated

import typer
from nbgrader.api import Base
from sqlalchemy import MetaData, Table, create_engine, insert, inspect, select
from sqlalchemy.pool import NullPool

from autograder.grading.book import Book
from autograder.grading.commands import CourseOption, sentence
from autograder.grading.course import Course, CourseError
from autograder.grading.database import one_writer
from autograder.grading.lock import write_lock


def move(course: Course, file: Path) -> int:
    """Copy all rows of a gradebook in a file to the course's database, which must be empty; how many there are.

    Raises CourseError where there is no such file, or the database holds tables already.
    """
    if not file.is_file():
        raise CourseError(f"There is no gradebook {file}.")
    book, count = Book(course), 0
    old = create_engine(f"sqlite:///{file.resolve().as_uri()}?mode=ro&uri=true", poolclass=NullPool)
    new = create_engine(book.url, poolclass=NullPool)
    with write_lock(course), old.connect() as source, new.begin() as target, one_writer(target):
        if inspect(target).get_table_names():
            raise CourseError(f"{book.place} holds a gradebook already: name an empty database.")
        version = Table("alembic_version", MetaData(), autoload_with=source)
        Base.metadata.create_all(target)
        version.create(target)
        for table in (*Base.metadata.sorted_tables, version):  # what refers to others comes last
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(insert(table), rows)
            count += len(rows)
    return count


def main(file: Annotated[Path, typer.Argument()], course: CourseOption = None) -> None:
    """Copy a gradebook that is a file of SQLite to the database that nbgrader_config.py names."""
    try:
        found = Course.find(course)
        typer.echo(f"Copied {move(found, file)} rows to {Book(found).place}")
    except Exception as error:
        if not sentence(error):
            raise
        typer.echo(sentence(error), err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
