//! `enable.conditional.writes`: an object that is there already is not replaced.
//!
//! With scheduled rotation a run after a crash cuts files elsewhere than the run before it. What
//! was written then stays; the task goes on at the next offset whose name is free.

use super::{End, Task};
use crate::base::{Offset, TopicPartition};
use crate::connect::writer::PartitionWriter;

impl Task {
    /// Lets a partition go on at `resume`: everything before it is in the bucket.
    pub(super) async fn resume(
        &mut self,
        partition: &TopicPartition,
        resume: Offset,
    ) -> Result<(), End> {
        let now_ms = (self.clock)().wall_ms;
        let Some(mut assigned) = self.partitions.remove(partition) else { return Ok(()) };
        tracing::warn!(connector = %self.config.name, %partition, %resume,
            "an object of this name is in the bucket already (enable.conditional.writes); \
             reading on at the next free name");
        self.abort_uploads(&mut assigned.writer).await;
        assigned.left_out += assigned.writer.left_out();
        assigned.writer = PartitionWriter::new(&self.config, partition.clone(), now_ms);
        assigned.pending.clear();
        assigned.told_idle = false;
        assigned.restart_at = resume;
        assigned.position = resume;
        self.partitions.insert(partition.clone(), assigned);
        self.source.seek(partition, resume);
        self.source.commit(&[(partition.clone(), resume)].into()).await?;
        self.post_numbers(partition);
        Ok(())
    }
}
