//! Hands questions to several workers, within the budget of tokens, until there are no more or the server fails again and again.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hummingbird_base::CancelToken;
use hummingbird_chat::ChatError;

/// Time between two looks at the cancel token.
const LOOK: Duration = Duration::from_millis(50);
/// Failures one after the other after which a server is given up.
const MOST_FAILURES: usize = 8;
/// The same for a server that cannot be reached: each was tried several times with waits between.
const MOST_UNREACHED: usize = 3;

/// Why no more questions are handed out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// There is no room for another in the budget.
    Budget,
    /// The server fails.
    Failing(ChatError),
}

/// What a question that is done means for the next ones.
pub(super) enum Done {
    /// The server answered, well or badly.
    Answered,
    /// It did not.
    Failed(ChatError),
    /// It was not asked.
    NotAsked,
}

struct State {
    next: usize,
    /// Questions that are being asked.
    asking: usize,
    /// Tokens so far.
    spent: u64,
    /// Most tokens that a question took so far.
    most: u64,
    failures: usize,
    /// The last failure, as long as no question was answered.
    unanswered: Option<ChatError>,
    has_answered: bool,
    stop: Option<Stop>,
}

/// Questions in their order, for several workers.
pub(super) struct Desk {
    questions: usize,
    budget: Option<u64>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Desk {
    /// So many questions within a budget of which `spent` tokens are gone; `most` is what a question took, 0 where none was asked.
    pub fn new(questions: usize, budget: Option<u64>, spent: u64, most: u64) -> Self {
        let state =
            State { next: 0, asking: 0, spent, most, failures: 0, unanswered: None, has_answered: false, stop: None };
        Self { questions, budget, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Numbers are whole whoever panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next question; `None` when there are no more. `estimate` is what it may take, and is asked for while nothing better is known.
    /// It waits while only the answers of others can tell whether there is room for it.
    pub fn next(&self, estimate: impl Fn(usize) -> u64, cancel: &CancelToken) -> Option<usize> {
        let mut state = self.state();
        loop {
            if cancel.is_cancelled() || state.stop.is_some() || state.next >= self.questions {
                return None;
            }
            let Some(budget) = self.budget else { return Some(Self::take(&mut state)) };
            let each = if state.most > 0 { state.most } else { estimate(state.next) };
            let asking = each.saturating_mul(state.asking as u64 + 1);
            if state.spent.saturating_add(asking) <= budget {
                return Some(Self::take(&mut state));
            }
            if state.asking == 0 {
                state.stop = Some(Stop::Budget);
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn take(state: &mut State) -> usize {
        state.asking += 1;
        state.next += 1;
        state.next - 1
    }

    /// A question is done and took so many tokens.
    pub fn done(&self, tokens: u64, done: Done) {
        let mut state = self.state();
        state.asking = state.asking.saturating_sub(1);
        state.spent = state.spent.saturating_add(tokens);
        state.most = state.most.max(tokens);
        match done {
            Done::Answered => (state.failures, state.has_answered, state.unanswered) = (0, true, None),
            Done::NotAsked => {}
            Done::Failed(error) => {
                state.failures += 1;
                let most = match &error {
                    // No other question changes these.
                    ChatError::Refused { .. } | ChatError::NoModel { .. } | ChatError::NoModels { .. } => 1,
                    ChatError::Unreachable { .. } => MOST_UNREACHED,
                    _ => MOST_FAILURES,
                };
                if state.failures >= most && state.stop.is_none() {
                    state.stop = Some(Stop::Failing(error));
                } else if !state.has_answered {
                    state.unanswered = Some(error);
                }
            }
        }
        self.changed.notify_all();
    }

    /// Why no more questions were handed out before their end. A server that answered none of a few fails too.
    pub fn stop(&self) -> Option<Stop> {
        let state = self.state();
        state.stop.clone().or_else(|| state.unanswered.clone().map(Stop::Failing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(desk: &Desk) -> Option<usize> {
        desk.next(|_| 100, &CancelToken::default())
    }

    #[test]
    fn a_budget_is_not_passed_by_what_questions_took_so_far() {
        let desk = Desk::new(10, Some(350), 0, 0);
        assert_eq!(next(&desk), Some(0));
        assert_eq!(next(&desk), Some(1), "both as estimated");
        desk.done(40, Done::Answered);
        desk.done(60, Done::Answered);
        // 100 are gone, and each may take 60.
        let taken: Vec<_> = (0..4).map(|_| next(&desk)).collect();
        assert_eq!(taken, [2, 3, 4, 5].map(Some));
        for _ in 0..4 {
            desk.done(50, Done::Answered);
        }
        assert_eq!((next(&desk), desk.stop()), (None, Some(Stop::Budget)));
        let desk = Desk::new(10, Some(99), 0, 0);
        assert_eq!((next(&desk), desk.stop()), (None, Some(Stop::Budget)));
        let desk = Desk::new(10, Some(1000), 950, 51);
        assert_eq!((next(&desk), desk.stop()), (None, Some(Stop::Budget)), "what was spent before counts");
        let desk = Desk::new(1, None, u64::MAX, 51);
        assert_eq!((next(&desk), next(&desk), desk.stop()), (Some(0), None, None));
    }

    #[test]
    fn who_finds_no_room_waits_for_those_who_ask() {
        let desk = Desk::new(2, Some(150), 0, 0);
        assert_eq!(next(&desk), Some(0));
        let second = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| next(&desk));
            desk.done(10, Done::Answered);
            waiting.join().expect("no panic")
        });
        assert_eq!(second, Some(1));
        let desk = Desk::new(2, Some(150), 0, 0);
        assert_eq!(next(&desk), Some(0));
        let cancel = CancelToken::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| desk.next(|_| 100, &cancel));
            cancel.cancel();
            assert_eq!(waiting.join().expect("no panic"), None);
        });
    }

    #[test]
    fn a_server_that_fails_again_and_again_is_given_up() {
        let slow = || ChatError::TooSlow { server: "s".to_owned(), limit_secs: 1.0 };
        let desk = Desk::new(100, None, 0, 0);
        for _ in 0..MOST_FAILURES - 1 {
            desk.done(0, Done::Failed(slow()));
        }
        desk.done(0, Done::NotAsked);
        assert!(next(&desk).is_some());
        assert_eq!(desk.stop(), Some(Stop::Failing(slow())), "none was answered so far");
        desk.done(0, Done::Answered);
        for _ in 0..MOST_FAILURES - 1 {
            desk.done(0, Done::Failed(slow()));
        }
        assert_eq!(desk.stop(), None, "an answer came between");
        desk.done(0, Done::Failed(slow()));
        assert_eq!((next(&desk), desk.stop()), (None, Some(Stop::Failing(slow()))));
        let refused = ChatError::Refused { server: "s".to_owned(), status: 401 };
        let desk = Desk::new(100, None, 0, 0);
        desk.done(0, Done::Failed(refused.clone()));
        assert_eq!(desk.stop(), Some(Stop::Failing(refused)));
    }
}
