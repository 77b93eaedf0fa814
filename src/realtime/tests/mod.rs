mod channels;
mod doors;
mod jam;
mod model;
mod protocol;
pub(crate) mod rig;
mod topics;
pub(crate) mod world;
