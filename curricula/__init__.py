"""What is taught: pathways, modules, lessons and quizzes as files, read into immutable objects."""
