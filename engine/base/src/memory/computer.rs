//! Memory of the computer, as the system tells it.

use sysinfo::{MemoryRefreshKind, System};

/// Memory of the computer, or of the container that the program runs in, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComputerMemory {
    /// All of it.
    pub total: u64,
    /// What programs may take now without anything being swapped out: caches of files can go.
    pub available: u64,
}

/// Memory of the computer; `None` where the system does not say.
pub fn of_computer() -> Option<ComputerMemory> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let all = ComputerMemory { total: system.total_memory(), available: system.available_memory() };
    let container = system.cgroup_limits().filter(|it| it.total_memory > 0);
    let within = container.map_or(all, |it| all.within(it.total_memory, it.rss));
    (within.total > 0).then_some(within)
}

impl ComputerMemory {
    /// That of a container which may use `total` bytes and whose programs hold `held` of them.
    fn within(self, total: u64, held: u64) -> Self {
        Self { total: self.total.min(total), available: self.available.min(total.saturating_sub(held)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_the_memory_is_available() {
        let memory = of_computer().expect("every system that tests run on says it");
        assert!(memory.total > 64 << 20 && memory.available <= memory.total, "{memory:?}");
    }

    #[test]
    fn a_container_has_no_more_than_it_may_use() {
        let memory = |total, available| ComputerMemory { total, available };
        assert_eq!(memory(100, 60).within(50, 20), memory(50, 30));
        assert_eq!(memory(100, 10).within(50, 20), memory(50, 10));
        assert_eq!(memory(100, 60).within(50, 70), memory(50, 0));
        assert_eq!(memory(100, 60).within(u64::MAX, 5), memory(100, 60));
    }
}
