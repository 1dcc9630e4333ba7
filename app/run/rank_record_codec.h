// Encodes a RankRecord as the values of one message to rank 0, padded to whole float32s.
#pragma once

#include "app/run/session.h"
#include "core/slice.h"

namespace tandem {

Buffer encode(const RankRecord& record);
/// Throws RunFailed on bytes that encode did not write.
RankRecord decode(const Buffer& bytes);

}  // namespace tandem
