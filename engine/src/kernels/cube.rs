//! Cube.
use burn_cubecl::CubeBackend;

use super::backend::KernelBackend;

impl KernelBackend for CubeBackend {}
