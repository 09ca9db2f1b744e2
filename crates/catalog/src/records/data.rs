//! Rows of runs, reports and their categories.

use super::record;
use crate::tables::{CategoryStates, Experiments, Results};

record! {
    /// A run.
    #[derive(Debug)]
    ExperimentRow in Experiments key [Id] {
        id: i64 = Id,
        exp_name: String = ExpName,
        exp_dir: String = ExpDir,
        exp_dir_bytes: Option<Vec<u8>> = ExpDirBytes,
        date_us: i64 = DateUs,
        chip_type: String = ChipType,
        platform: String = Platform,
        instrument: String = Instrument,
        storage_options: String = StorageOptions,
        diskusage: Option<i64> = Diskusage,
        finished: bool = Finished,
        finished_reason: String = FinishedReason,
        absent_scans: i64 = AbsentScans,
        absent_since_us: Option<i64> = AbsentSinceUs,
        seen_us: Option<i64> = SeenUs,
        fingerprint: Option<String> = Fingerprint,
        keep_marker: bool = KeepMarker,
    }
}

record! {
    /// A report.
    #[derive(Debug)]
    ResultRow in Results key [Id] {
        id: i64 = Id,
        experiment_id: i64 = ExperimentId,
        results_name: String = ResultsName,
        time_stamp_us: i64 = TimeStampUs,
        time_stamp_text: String = TimeStampText,
        diskusage: Option<i64> = Diskusage,
        thumbnail: bool = Thumbnail,
        report_dir: String = ReportDir,
        report_dir_bytes: Option<Vec<u8>> = ReportDirBytes,
        parent_id: Option<i64> = ParentId,
        ts_version: Option<String> = TsVersion,
        absent_scans: i64 = AbsentScans,
        absent_since_us: Option<i64> = AbsentSinceUs,
        seen_us: Option<i64> = SeenUs,
        fingerprint: Option<String> = Fingerprint,
    }
}

record! {
    /// The state of one category of one report. `category` counts as `Category::ALL` does.
    #[derive(Debug)]
    CategoryRow in CategoryStates key [ResultId, Category] {
        result_id: i64 = ResultId,
        category: i64 = Category,
        state: String = State,
        keep: bool = Keep,
        diskspace: Option<f64> = Diskspace,
        report_mb: Option<f64> = ReportMb,
        run_mb: Option<f64> = RunMb,
        linked_mb: Option<f64> = LinkedMb,
        files: Option<i64> = Files,
        archive_path: Option<String> = ArchivePath,
        archive_path_bytes: Option<Vec<u8>> = ArchivePathBytes,
        in_use: Option<String> = InUse,
        created_us: i64 = CreatedUs,
        measured_us: Option<i64> = MeasuredUs,
    }
}
