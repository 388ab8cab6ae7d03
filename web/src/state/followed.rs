//! Values that the page follows.

use leptos::prelude::{Effect, Notify, RwSignal, Track};
use leptos::task::spawn_local;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};

/// A value of the page, for as long as the page is open; effects that read it run again when it changes.
///
/// It is a signal of Leptos with the value beside it: the machinery is compiled once, and not once for each type.
pub struct Followed<T: 'static> {
    value: &'static RwLock<T>,
    changed: RwSignal<()>,
}

/// Not inlined: the page has dozens of values.
#[inline(never)]
fn signal() -> RwSignal<()> {
    RwSignal::new(())
}

#[inline(never)]
fn track(signal: RwSignal<()>) {
    signal.track();
}

#[inline(never)]
fn notify(signal: RwSignal<()>) {
    signal.notify();
}

impl<T> Clone for Followed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Followed<T> {}

impl<T> Followed<T> {
    /// With its first value.
    pub fn new(value: T) -> Followed<T> {
        Followed { value: Box::leak(Box::new(RwLock::new(value))), changed: signal() }
    }

    /// Reads it without following.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads it.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        self.with_untracked(read)
    }

    /// Follows it.
    pub fn track(self) {
        track(self.changed);
    }

    /// Changes it in place.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.write().unwrap_or_else(PoisonError::into_inner));
        notify(self.changed);
    }

    /// Changes it. Not from within a read of the same value.
    pub fn set(self, value: T) {
        self.update(|old| *old = value);
    }
}

impl<T: Clone> Followed<T> {
    /// A copy.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy, without following.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

/// Runs now and again whenever something that it read has changed.
pub fn follow(run: impl FnMut() + 'static) {
    // Boxed, so that there is one kind of effect.
    fn boxed(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    boxed(Box::new(run));
}

/// Goes on with something that has to wait for the browser.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    fn boxed(work: Pin<Box<dyn Future<Output = ()>>>) {
        spawn_local(work);
    }
    boxed(Box::pin(work));
}
