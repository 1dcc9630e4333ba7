#include "app/run/session.h"

#include <sys/resource.h>
#include <unistd.h>

#include "algorithms/collectives/collective.h"
#include "algorithms/exchanges/backup_option.h"
#include "app/run/checkpoints.h"
#include "app/run/rank_record_codec.h"
#include "app/store/sha256.h"

namespace tandem {
namespace {

constexpr int kRecordSize = 1;
constexpr int kRecord = 2;

RankRecord train(Comm& comm, const Strategy& strategy, const Job& job, const SessionOptions& options) {
  const CheckpointPlan* checkpoints = options.checkpoints;
  Training training(job.workload.evaluate_every,
                    checkpoints == nullptr ? nullptr : make_keeper(*checkpoints, comm.rank()));
  Ledger& ledger = comm.ledger();
  if (!options.begin_together) barrier(comm);
  training.start(comm.now());
  ledger.tracing = options.trace;
  ledger.counting = true;
  {
    std::optional<HangsAtTimes> hangs;
    if (checkpoints != nullptr) {
      const Attempt& attempt = checkpoints->attempt;
      const double start_s = attempt.goes_on() ? checkpoints->start_of_training_s(comm.now()) : training.start_s();
      hangs.emplace(comm, checkpoints->hangs, Journal(checkpoints->folder), start_s, attempt.begins_at_s);
    }
    strategy.run(comm, job, training);
  }
  ledger.counting = false;
  const double start_s = training.start_s(), end_s = comm.now();

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  RankRecord record{.rank = comm.rank(),
                    .time_s = end_s - start_s,
                    .compute_s = ledger.compute_s,
                    .communication_s = ledger.communication_s,
                    .traffic = ledger.traffic,
                    .steps = training.steps(),
                    .updates = training.updates(),
                    .snapshots = training.snapshots(),
                    .owned = training.owned(),
                    .spans = ledger.spans,
                    .process = getpid(),
                    .peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
  for (Span& span : record.spans) span.start_s -= start_s, span.end_s -= start_s;
  for (const Snapshot& replica : training.replicas()) {
    record.replica_sha256.push_back(sha256_of(replica.values.data(), replica.values.size()));
  }
  return record;
}

void send_record(Comm& comm, const RankRecord& record) {
  Buffer bytes = encode(record);
  comm.send(0, kRecordSize, {}, Meta{{static_cast<std::int64_t>(bytes.count())}});
  comm.send(0, kRecord, bytes);
}

RankRecord receive_record(Comm& comm, int from) {
  const Meta size = comm.recv(from, kRecordSize, {});
  Buffer bytes(static_cast<std::size_t>(size.words[0]), Payload::numeric);
  comm.recv(from, kRecord, bytes);
  return decode(bytes);
}

}  // namespace

std::vector<RankRecord> train_and_gather(Endpoint& endpoint, const Strategy& strategy, const Job& job,
                                         const SessionOptions& options) {
  // Comm counts the steps whose noise it draws from 0: where a run goes on, the keeper draws it.
  const bool goes_on = options.checkpoints != nullptr && options.checkpoints->attempt.goes_on();
  Comm comm(endpoint, {.payload = options.payload,
                       .timeout_s = options.timeout_s,
                       .noise = goes_on ? std::nullopt : options.noise,
                       .seed = job.seed,
                       .nodes = {.workers = job.workers, .ranks_per_node = job.ranks_per_node}});
  RankRecord mine = train(comm, strategy, job, options);
  if (options.records != nullptr) {
    options.records->at(static_cast<std::size_t>(comm.rank())) = std::move(mine);
    return {};
  }

  // A straggler may end long after rank 0, so this wait has no deadline; a rank that hangs ends by a deadline of its
  // own.
  Comm gathering(endpoint, {.payload = Payload::numeric, .timeout_s = kNoDeadline});
  std::vector<RankRecord> records;
  if (comm.rank() != 0) {
    send_record(gathering, mine);
    return records;
  }
  records.push_back(std::move(mine));
  const bool others_may_die = outlives_deaths(job.strategy);
  for (int rank = 1; rank < comm.size(); ++rank) {
    try {
      records.push_back(receive_record(gathering, rank));
    } catch (const PeerFailed&) {
      if (!others_may_die) throw;
      records.push_back({.rank = rank, .has_died = true});
    }
  }
  return records;
}

}  // namespace tandem
