//! Rows of what belongs to the whole site: events, file servers, messages, configuration, volumes, settings.

use serde::{Deserialize, Serialize};

use super::record;
use crate::tables::{Events, Fileservers, Globalconfig, Messages, Settings, Volumes};

record! {
    /// Who did what to which record, when.
    #[derive(Debug)]
    EventRow in Events key [Id] {
        id: i64 = Id,
        about: String = About,
        object_pk: i64 = ObjectPk,
        text: String = Text,
        username: String = Username,
        created_us: i64 = CreatedUs,
        created_text: String = CreatedText,
    }
}

record! {
    /// A storage root as the compatible API shows it.
    #[derive(Debug)]
    FileserverRow in Fileservers key [Id] {
        id: i64 = Id,
        name: String = Name,
        comments: String = Comments,
        files_prefix: String = FilesPrefix,
        percentfull: Option<f64> = Percentfull,
    }
}

record! {
    /// A banner for people.
    #[derive(Debug)]
    MessageRow in Messages key [Id] {
        id: i64 = Id,
        body: String = Body,
        level: i64 = Level,
        route: String = Route,
        expires: String = Expires,
        tags: String = Tags,
        status: String = Status,
        time_us: i64 = TimeUs,
        time_text: String = TimeText,
    }
}

record! {
    /// The original's configuration record, of which Runstow heeds little; it is part of the compatible API.
    /// In the neutral JSON it has the same keys; [`Default`] is what a fresh catalog shows.
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    GlobalconfigRow in Globalconfig key [Id] {
        id: i64 = Id,
        name: String = Name,
        selected: bool = Selected,
        records_to_display: i64 = RecordsToDisplay,
        default_test_fragment_key: String = DefaultTestFragmentKey,
        default_library_key: String = DefaultLibraryKey,
        default_flow_order: String = DefaultFlowOrder,
        plugin_output_folder: String = PluginOutputFolder,
        web_root: String = WebRoot,
        site_name: String = SiteName,
        default_storage_options: String = DefaultStorageOptions,
        auto_archive_ack: bool = AutoArchiveAck,
        auto_archive_enable: bool = AutoArchiveEnable,
        enable_auto_pkg_dl: bool = EnableAutoPkgDl,
        enable_version_lock: bool = EnableVersionLock,
        ts_update_status: String = TsUpdateStatus,
        base_recalibration_mode: String = BaseRecalibrationMode,
        mark_duplicates: bool = MarkDuplicates,
        realign: bool = Realign,
        check_news_posts: bool = CheckNewsPosts,
        enable_auto_security: bool = EnableAutoSecurity,
        sec_update_status: String = SecUpdateStatus,
        #[serde(rename = "enable_compendia_OCP")]
        enable_compendia_ocp: bool = EnableCompendiaOCP,
        enable_support_upload: bool = EnableSupportUpload,
        enable_nightly_email: bool = EnableNightlyEmail,
        cluster_auto_disable: bool = ClusterAutoDisable,
        telemetry_enabled: bool = TelemetryEnabled,
        #[serde(rename = "majorPlatform")]
        major_platform: String = MajorPlatform,
        password_max_age: i64 = PasswordMaxAge,
    }
}

impl Default for GlobalconfigRow {
    /// The documented sample, with automatic actions off: nothing is archived or deleted unasked.
    fn default() -> Self {
        Self {
            id: 1,
            name: "Config".into(),
            selected: false,
            records_to_display: 20,
            default_test_fragment_key: "ATCG".into(),
            default_library_key: "TCAG".into(),
            default_flow_order: "TACG".into(),
            plugin_output_folder: "plugin_out".into(),
            web_root: String::new(),
            site_name: "Torrent Server".into(),
            default_storage_options: "A".into(),
            auto_archive_ack: true,
            auto_archive_enable: false,
            enable_auto_pkg_dl: true,
            enable_version_lock: false,
            ts_update_status: "No updates".into(),
            base_recalibration_mode: "standard_recal".into(),
            mark_duplicates: false,
            realign: false,
            check_news_posts: true,
            enable_auto_security: true,
            sec_update_status: String::new(),
            enable_compendia_ocp: true,
            enable_support_upload: false,
            enable_nightly_email: true,
            cluster_auto_disable: true,
            telemetry_enabled: true,
            major_platform: String::new(),
            password_max_age: 90,
        }
    }
}

record! {
    /// A storage root as last examined.
    #[derive(Debug)]
    VolumeRow in Volumes key [Id] {
        id: i64 = Id,
        name: String = Name,
        kind: String = Kind,
        path: String = Path,
        marker: Option<String> = Marker,
        filesystem: Option<String> = Filesystem,
        total_bytes: Option<i64> = TotalBytes,
        available_bytes: Option<i64> = AvailableBytes,
        status: String = Status,
        status_reason: String = StatusReason,
        checked_us: Option<i64> = CheckedUs,
    }
}

record! {
    /// A small fact about this catalog.
    #[derive(Debug)]
    SettingRow in Settings key [Name] {
        name: String = Name,
        value: String = Value,
    }
}
