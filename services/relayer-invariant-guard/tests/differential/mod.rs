//! Our own computations against the originals of others.

mod merkle;
