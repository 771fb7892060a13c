//! Answers that come in another order than their questions: only the answer to the last question counts.

/// A question that was asked; its answer brings it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// The last of several questions of one kind ("open this model", "list the models").
#[derive(Clone, Debug, Default)]
pub struct Latest {
    asked: u64,
}

impl Latest {
    /// Asks anew: answers to earlier questions no longer count.
    pub fn ask(&mut self) -> Ticket {
        self.asked += 1;
        Ticket(self.asked)
    }

    /// Whether nothing was asked after this.
    pub fn is_last(&self, ticket: Ticket) -> bool {
        ticket.0 == self.asked
    }
}

#[cfg(test)]
mod tests {
    use super::Latest;

    #[test]
    fn only_the_last_question_counts() {
        let mut latest = Latest::default();
        let (first, second) = (latest.ask(), latest.ask());
        assert!(latest.is_last(second) && !latest.is_last(first));
    }
}
