//! Networks that judge clips, and what is made of them, agree with the reference's.

mod flow;
<<<<<<< HEAD
=======
mod motion_stages;
>>>>>>> h-flow
mod towers;
mod vbench;
