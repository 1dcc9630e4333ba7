#include "app/run/rank_record_codec.h"

#include <cstring>
#include <nlohmann/json.hpp>

namespace tandem {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Traffic, messages_sent, bytes_sent, messages_received, bytes_received, bytes_kept)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepRow, step, time_s, loss, samples)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UpdateRow, step, time_s, worker, staleness)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Span, name, stack, start_s, end_s, microbatch, chunk)

// Written as one binary string, because a list of so many numbers would be large.
void to_json(nlohmann::json& json, const Snapshot& snapshot) {
  std::vector<std::uint8_t> bytes(bytes_of(snapshot.values.size()));
  std::memcpy(bytes.data(), snapshot.values.data(), bytes.size());
  json = {{"step", snapshot.step}, {"time_s", snapshot.time_s}, {"offset", snapshot.offset}};
  json["values"] = nlohmann::json::binary(std::move(bytes));
}
void from_json(const nlohmann::json& json, Snapshot& snapshot) {
  json.at("step").get_to(snapshot.step);
  json.at("time_s").get_to(snapshot.time_s);
  json.at("offset").get_to(snapshot.offset);
  const auto& bytes = json.at("values").get_binary();
  if (bytes.size() % kBytesPerValue != 0) throw RunFailed("a rank's record has a part of a parameter");
  snapshot.values.resize(bytes.size() / kBytesPerValue);
  std::memcpy(snapshot.values.data(), bytes.data(), bytes.size());
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RankRecord, rank, time_s, compute_s, communication_s, traffic, steps, updates,
                                   snapshots, owned, replica_sha256, spans, process, peak_rss_bytes)

Buffer encode(const RankRecord& record) {
  const std::vector<std::uint8_t> cbor = nlohmann::json::to_cbor(record);
  const std::uint64_t length = cbor.size();
  Buffer buffer((sizeof(length) + cbor.size() + kBytesPerValue - 1) / kBytesPerValue, Payload::numeric);
  auto* bytes = reinterpret_cast<std::uint8_t*>(buffer.slice().address);
  std::memcpy(bytes, &length, sizeof(length));
  std::memcpy(bytes + sizeof(length), cbor.data(), cbor.size());
  return buffer;
}

RankRecord decode(const Buffer& buffer) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.slice().address);
  const std::size_t available = buffer.slice().bytes();
  std::uint64_t length = 0;  // the record is padded: its own length comes first
  if (available >= sizeof(length)) std::memcpy(&length, bytes, sizeof(length));
  if (available < sizeof(length) || length > available - sizeof(length)) {
    throw RunFailed("a rank's record is shorter than it says");
  }
  try {
    return nlohmann::json::from_cbor(bytes + sizeof(length), bytes + sizeof(length) + length).get<RankRecord>();
  } catch (const nlohmann::json::exception& error) {
    throw RunFailed(std::string("a rank's record cannot be read: ") + error.what());
  }
}

RankRecord record_in(const StoredTensor& entry) {
  Buffer buffer(entry.bytes.size() / kBytesPerValue, Payload::numeric);
  std::memcpy(buffer.slice().address, entry.bytes.data(), buffer.slice().bytes());
  return decode(buffer);
}

}  // namespace tandem
