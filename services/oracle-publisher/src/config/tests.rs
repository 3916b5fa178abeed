//! Settings that are wrong are told in one line each; those that are right are read exactly.
