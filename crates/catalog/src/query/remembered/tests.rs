use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::*;

/// Counts how often it computes; each computation waits until it is told to go on.
#[derive(Clone, Default)]
struct Slow {
    begun: Arc<AtomicUsize>,
    go_on: Arc<Notify>,
}

impl Slow {
    async fn ask(&self, from: Arc<Remembered<usize>>, version: i64) -> Result<usize> {
        let Self { begun, go_on } = self.clone();
        let compute = || async move {
            let count = begun.fetch_add(1, Ordering::SeqCst) + 1;
            go_on.notified().await;
            Ok(count)
        };
        from.at(version, "list".into(), compute).await
    }

    async fn begins(&self) {
        while self.begun.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn remembered() -> Arc<Remembered<usize>> {
    Arc::new(Remembered::new(1 << 20, |_| 8))
}

#[tokio::test]
async fn those_who_ask_at_once_wait_for_one_computation() {
    let (remembered, slow) = (remembered(), Slow::default());
    let asking: Vec<_> = (0..64)
        .map(|_| {
            let (slow, remembered) = (slow.clone(), remembered.clone());
            tokio::spawn(async move { slow.ask(remembered, 1).await })
        })
        .collect();
    slow.begins().await;
    slow.go_on.notify_one();
    for answer in asking {
        assert_eq!(answer.await.unwrap().unwrap(), 1);
    }
    assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_client_that_gives_up_leaves_the_computation_to_the_others() {
    let (remembered, slow) = (remembered(), Slow::default());
    let ask = || {
        let (slow, remembered) = (slow.clone(), remembered.clone());
        tokio::spawn(async move { slow.ask(remembered, 1).await })
    };
    let first = ask();
    slow.begins().await;
    let second = ask();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    slow.go_on.notify_one();
    assert_eq!(second.await.unwrap().unwrap(), 1);
    assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_version_is_computed_anew() {
    let (remembered, slow) = (remembered(), Slow::default());
    for (version, expected) in [(5, 1), (5, 1), (6, 2), (5, 1)] {
        slow.go_on.notify_one();
        assert_eq!(slow.ask(remembered.clone(), version).await.unwrap(), expected, "version {version}");
    }
}

#[tokio::test]
async fn an_error_is_told_and_not_remembered() {
    let remembered = remembered();
    let fails = || async { Err(CatalogError::Invalid("the pattern is too complex".into())) };
    let error = remembered.at(1, "list".into(), fails).await.unwrap_err();
    assert!(matches!(error, CatalogError::Invalid(_)), "{error:?}");
    assert_eq!(remembered.at(1, "list".into(), || async { Ok(3) }).await.unwrap(), 3);
}

#[tokio::test]
async fn what_was_asked_for_longest_ago_makes_room() {
    let remembered = Remembered::new(3000, |_: &usize| 400);
    let ask = async |question: &str, value| {
        let answer = remembered.at(1, question.into(), move || async move { Ok(value) }).await.unwrap();
        remembered.answers.run_pending_tasks().await;
        answer
    };
    for question in ["a", "b", "c", "a", "d"] {
        ask(question, 1).await;
    }
    assert_eq!(ask("a", 2).await, 1, "asked for since");
    assert_eq!(ask("b", 2).await, 2, "made room for d");
}
