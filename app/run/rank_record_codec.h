// Encodes a RankRecord as the values of one message to rank 0, padded to whole float32s.
#pragma once

#include "app/run/session.h"
#include "app/store/safetensors.h"
#include "core/slice.h"

namespace tandem {

/// The entry of a checkpoint's part that holds the record of its rank.
inline constexpr const char* kRecordsEntry = "records";

Buffer encode(const RankRecord& record);
/// Throws RunFailed on bytes that encode did not write.
RankRecord decode(const Buffer& bytes);

/// The record in such an entry.
RankRecord record_in(const StoredTensor& entry);

}  // namespace tandem
