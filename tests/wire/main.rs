//! Properties of the wire codec, over every message and every version: what is encoded
//! decodes to the same, an independent implementation agrees, and no input does harm.

mod cases;
mod hostile;
mod oracle;
mod rng;
mod round_trip;
