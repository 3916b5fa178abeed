//! Records survive the store unchanged, and changes show.
