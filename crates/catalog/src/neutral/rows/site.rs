//! Events, file servers, messages and volumes.

use super::super::scalars::{Bytes, Id, Number, Time};
use super::super::shape::{EventEntry, FileserverEntry, MessageEntry, VolumeEntry};
use crate::events::About;
use crate::records::{EventRow, FileserverRow, MessageRow, VolumeRow};
use crate::times::original_text;

impl From<EventEntry> for EventRow {
    fn from(entry: EventEntry) -> Self {
        Self {
            id: entry.id.0,
            about: entry.about.name().to_owned(),
            object_pk: entry.object_pk.0,
            text: entry.text,
            username: entry.username,
            created_us: entry.created.0,
            created_text: original_text(entry.created.0),
        }
    }
}

impl From<EventRow> for EventEntry {
    fn from(row: EventRow) -> Self {
        Self {
            id: Id(row.id),
            about: About::from_name(&row.about),
            object_pk: Number(row.object_pk),
            text: row.text,
            username: row.username,
            created: Time(row.created_us),
        }
    }
}

impl From<FileserverEntry> for FileserverRow {
    fn from(entry: FileserverEntry) -> Self {
        let FileserverEntry { id, name, comments, files_prefix, percentfull } = entry;
        Self { id: id.0, name, comments, files_prefix, percentfull }
    }
}

impl From<FileserverRow> for FileserverEntry {
    fn from(row: FileserverRow) -> Self {
        let FileserverRow { id, name, comments, files_prefix, percentfull } = row;
        Self { id: Id(id), name, comments, files_prefix, percentfull }
    }
}

impl From<MessageEntry> for MessageRow {
    fn from(entry: MessageEntry) -> Self {
        let MessageEntry { body, level, route, expires, tags, status, id, time } = entry;
        let (time_us, time_text) = (time.0, original_text(time.0));
        Self { id: id.0, body, level: level.0, route, expires, tags, status, time_us, time_text }
    }
}

impl From<MessageRow> for MessageEntry {
    fn from(row: MessageRow) -> Self {
        let MessageRow { id, body, level, route, expires, tags, status, time_us, time_text: _ } = row;
        Self { body, level: Number(level), route, expires, tags, status, id: Id(id), time: Time(time_us) }
    }
}

impl From<VolumeEntry> for VolumeRow {
    fn from(entry: VolumeEntry) -> Self {
        Self {
            id: entry.id.0,
            name: entry.name,
            kind: entry.kind,
            path: entry.path,
            marker: entry.marker,
            filesystem: entry.filesystem,
            total_bytes: entry.total_bytes.map(|bytes| bytes.0),
            available_bytes: entry.available_bytes.map(|bytes| bytes.0),
            status: entry.status,
            status_reason: entry.status_reason,
            checked_us: entry.checked.map(|time| time.0),
        }
    }
}

impl From<VolumeRow> for VolumeEntry {
    fn from(row: VolumeRow) -> Self {
        Self {
            id: Id(row.id),
            name: row.name,
            kind: row.kind,
            path: row.path,
            marker: row.marker,
            filesystem: row.filesystem,
            total_bytes: row.total_bytes.map(Bytes),
            available_bytes: row.available_bytes.map(Bytes),
            status: row.status,
            status_reason: row.status_reason,
            checked: row.checked_us.map(Time),
        }
    }
}
