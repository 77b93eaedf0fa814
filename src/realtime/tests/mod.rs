mod doors;
mod protocol;
mod rig;
mod topics;
mod world;
