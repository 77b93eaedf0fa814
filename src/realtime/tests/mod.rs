mod channels;
mod doors;
mod jam;
mod model;
mod protocol;
mod rig;
mod topics;
mod world;
