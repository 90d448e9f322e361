"""One writer at a time: who writes rows and files of a submission holds the lock file beside the gradebook."""

import contextlib

from filelock import FileLock, Timeout

from autograder.grading.course import Course, CourseError

SECONDS = 60  # nobody holds it longer than one submission takes to be written


def lock_of(course: Course) -> FileLock:
    """The course's lock; the system frees it when its holder dies, however that comes."""
    return FileLock(course.nbgrader_root / ".gradebook.lock", timeout=SECONDS, is_singleton=True)


@contextlib.contextmanager
def write_lock(course: Course):
    """Hold the lock. Raises CourseError where somebody else does not give it back."""
    try:
        with lock_of(course):
            yield
    except Timeout as timeout:
        raise CourseError(
            f"Another process has been writing to the gradebook for {SECONDS} seconds (it holds "
            f"{timeout.lock_file}): wait until it is done, or end it, and run the command again."
        ) from None
