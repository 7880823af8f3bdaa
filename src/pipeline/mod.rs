//! A request's way out and its answer's way back, one layer a file.

