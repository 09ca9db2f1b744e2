//! A folder on the way: where it is, and its handle while we have one.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Result;

use crate::handle;

/// How the walk came to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Through folders only.
    Directly,
    /// Through the link `sigproc_results` of the start folder: the files belong to another report.
    ThroughTopLink,
    /// Through a link of that name further down.
    ThroughDeepLink,
}

/// Where a folder is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Path relative to the start folder with a final `/`; empty for the start folder.
    pub path: Vec<u8>,
    /// How the walk came here.
    pub reached: Reached,
    base: Arc<Base>,
}

/// A folder that is opened once and kept: the start folder, or the target of a link.
#[derive(Debug)]
struct Base {
    fd: OwnedFd,
    /// Length of the relative path of this folder.
    at: usize,
}

impl Place {
    pub(super) fn start(fd: OwnedFd) -> Self {
        Self { path: Vec::new(), reached: Reached::Directly, base: Arc::new(Base { fd, at: 0 }) }
    }

    pub(super) fn child(&self, name: &[u8]) -> Self {
        Self { path: self.join(name), reached: self.reached, base: Arc::clone(&self.base) }
    }

    /// The folder that a link in this folder leads to.
    pub(super) fn linked(&self, name: &[u8], target: OwnedFd) -> Self {
        let path = self.join(name);
        let reached = if self.path.is_empty() { Reached::ThroughTopLink } else { Reached::ThroughDeepLink };
        Self { base: Arc::new(Base { fd: target, at: path.len() }), path, reached }
    }

    /// The length of the path of the link that led here, if one did.
    pub(super) fn linked_at(&self) -> Option<usize> {
        (self.reached != Reached::Directly).then_some(self.base.at.saturating_sub(1))
    }

    /// Opens it without the help of its parent.
    pub(super) fn open(&self) -> Result<OwnedFd> {
        handle::open_below(self.base.fd.as_fd(), &self.path[self.base.at..])
    }

    fn join(&self, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::with_capacity(self.path.len() + name.len() + 1);
        path.extend_from_slice(&self.path);
        path.extend_from_slice(name);
        path.push(b'/');
        path
    }
}

/// An open folder. Counts itself among the open handles of the walk.
pub(super) struct Folder<'w> {
    pub(super) place: Place,
    pub(super) fd: OwnedFd,
    open: &'w AtomicUsize,
}

impl<'w> Folder<'w> {
    pub(super) fn new(place: Place, fd: OwnedFd, open: &'w AtomicUsize) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self { place, fd, open }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Folder<'_> {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
