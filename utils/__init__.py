"""What the course's notebooks import: data, training, plots and explorers."""
