mod channels;
mod doors;
mod jam;
mod model;
mod payments;
mod protocol;
pub(crate) mod rig;
mod topics;
pub(crate) mod world;
