//! Who stands back for whom on a busy core: the voice and the line for nobody, recognition for them, and opinions for all.
//!
//! On Linux a nice value is a thread's own (setpriority(2)), and inherited by those it starts; elsewhere it would be the
//! whole process's, and nothing is done.

/// A thread's work, by how long it may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Words: a caller waits for them, but not in the middle of a sentence of the agent's.
    Recogniser,
    /// An opinion on words that are still on the way: it may take longer, and must not make them late.
    Opinion,
}

impl Priority {
    /// The nice value: of a core that a thread of the voice's wants too, 5 gets a quarter and 15 a thirtieth (sched(7)).
    #[cfg(target_os = "linux")]
    const fn nice(self) -> i32 {
        match self {
            Self::Recogniser => 5,
            Self::Opinion => 15,
        }
    }
}

/// Lets this thread, and those that it starts, stand back for others.
pub fn stand_back(priority: Priority) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(priority.nice()) {
        tracing::debug!(%error, ?priority, "a thread cannot stand back");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = priority;
}
