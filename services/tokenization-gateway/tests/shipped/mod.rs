//! What the repository is shipped with, beside the program.

mod settings;
