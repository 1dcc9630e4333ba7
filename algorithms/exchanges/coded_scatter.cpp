#include "algorithms/exchanges/coded_scatter.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/exchanges/coded_sum.h"

namespace tandem {
namespace {

Range part_of_all(Range all, int workers, int rank) {
  const Range part = even_part(all.size(), static_cast<std::size_t>(workers), static_cast<std::size_t>(rank));
  return {all.begin + part.begin, all.begin + part.end};
}

std::size_t longest_message(const Job& job, Range parameters) {
  std::size_t longest = 0;
  for (int rank = 0; rank < job.workers; ++rank) {
    longest = std::max(longest, form_of(job, part_of_all(parameters, job.workers, rank), true).count());
  }
  return longest;
}

// The chosen collective's all-to-all, or the direct one where it has none.
const Collective& exchanging(const Job& job) {
  const Collective& chosen = collective_of(job);
  return chosen.all_to_all ? chosen : collective_named("direct");
}

/// All workers' messages, one of each.
CallShape shape_of_messages(const Job& job, Range parameters) {
  return shape_of(job, static_cast<std::size_t>(job.workers) * longest_message(job, parameters));
}

}  // namespace

CodedScatter::CodedScatter(const Comm& comm, const Job& job, Range parameters, Others others)
    : job_(job), rank_(comm.rank()), range_(parameters), others_(others) {
  if (codec_choice(job) == nullptr) return;
  for (int rank = 0; rank < job.workers; ++rank) {
    const Range its_part = part_of_all(range_, job.workers, rank);
    parts_.emplace_back(comm, job, its_part, /*sender=*/static_cast<std::uint64_t>(rank_));
    const bool keeps_losses = others == Others::summed && rank == rank_;
    told_.emplace_back(comm, job, its_part, /*sender=*/static_cast<std::uint64_t>(job.workers),
                       keeps_losses ? Feedback::as_chosen : Feedback::none);
  }
  if (others == Others::kept) {
    changes_.emplace(comm, job, own(), static_cast<std::uint64_t>(job.workers));
  }
  longest_ = longest_message(job, range_);
  const std::size_t count = static_cast<std::size_t>(job.workers) * longest_;
  outgoing_ = comm.make_buffer(count, parts_.front().form().element);
  incoming_ = comm.make_buffer(count, parts_.front().form().element);
}

Range CodedScatter::own() const { return part_of_all(range_, job_.workers, rank_); }

Slice CodedScatter::part(Slice all, int rank) const {
  const Range part = part_of_all(range_, job_.workers, rank);
  return all.part(part.begin - range_.begin, part.size());
}

Slice CodedScatter::message(const Buffer& all, int rank) const {
  return all.slice().part(static_cast<std::size_t>(rank) * longest_, longest_);
}

void CodedScatter::reduce_scatter(Comm& comm, std::size_t step, Slice gradients) {
  if (!is_coded(job_, step)) return collective_of(job_).reduce_scatter.run(comm, gradients);
  for (int rank = 0; rank < job_.workers; ++rank) {
    parts_[static_cast<std::size_t>(rank)].encode(comm, step, part(gradients, rank), message(outgoing_, rank));
  }
  exchanging(job_).all_to_all.run(comm, outgoing_, incoming_);
  Coding& own = parts_[static_cast<std::size_t>(rank_)];
  const Slice sum = part(gradients, rank_);
  own.begin(comm, sum);
  for (int rank = 0; rank < job_.workers; ++rank) own.add(comm, step, message(incoming_, rank), sum);
  own.conclude(comm, sum);
}

void CodedScatter::all_gather(Comm& comm, std::size_t step, Slice parameters) {
  const Slice own = part(parameters, rank_);
  if (!is_coded(job_, step)) {
    if (changes_) changes_->told(comm, own);
    return collective_of(job_).all_gather.run(comm, parameters);
  }
  if (changes_) {
    changes_->write(comm, step, own, message(outgoing_, rank_));
  } else if (others_ == Others::summed) {
    told_[static_cast<std::size_t>(rank_)].encode(comm, step, own, message(outgoing_, rank_));
  } else {
    const Slice copy = comm.scratch(own.count);
    comm.compute({.memory_bytes = 2.0 * static_cast<double>(own.bytes())},
                 [&] { std::copy_n(own.f32(), own.count, copy.f32()); });
    told_[static_cast<std::size_t>(rank_)].encode(comm, step, copy, message(outgoing_, rank_));
  }
  collective_of(job_).all_gather.run(comm, outgoing_);
  for (int rank = 0; rank < job_.workers; ++rank) {
    if (rank == rank_ && others_ != Others::summed) continue;
    const Slice theirs = part(parameters, rank), heard = changes_ ? comm.scratch(theirs.count) : theirs;
    told_[static_cast<std::size_t>(rank)].decode(comm, step, message(outgoing_, rank), heard);
    if (changes_) accumulate(comm, theirs, heard);
  }
}

void CodedScatter::describe(State& state) {
  for (Coding& coding : parts_) coding.describe(state);
  if (others_ == Others::summed && !told_.empty()) told_[static_cast<std::size_t>(rank_)].describe(state);
  if (changes_) changes_->describe(state);
}

double scatter_memory(const Job& job, Range parameters, int rank, Others others) {
  const Range own = part_of_all(parameters, job.workers, rank);
  const Form form = form_of(job, own, true);
  const double messages = static_cast<double>(bytes_of(longest_message(job, parameters), form.element)) * job.workers;
  double told = 0;
  if (others == Others::kept) told = static_cast<double>(bytes_of(own.size()));
  if (others == Others::summed) told = kept_bytes(job, own);
  return kept_bytes(job, parameters) + 2 * messages + told;
}

std::optional<std::string> refuse_anew(const Job& job) {
  const Choice* choice = codec_choice(job);
  if (choice == nullptr || codec_of(*choice).rounds_values) return std::nullopt;
  return fmt::format(
      "{} gathers parameters that were dropped, and {} tells of changes alone: take a codec that rounds every value",
      job.strategy.name, choice->name);
}

Traffic reduce_scatter_traffic(const Job& job, Range parameters, int rank, bool is_coded) {
  if (!is_coded) return collective_of(job).reduce_scatter.traffic(shape_of(job, parameters.size()), rank);
  return of_elements(exchanging(job).all_to_all.traffic(shape_of_messages(job, parameters), rank),
                     form_of(job, parameters, true).element);
}

Traffic all_gather_traffic(const Job& job, Range parameters, int rank, bool is_coded) {
  if (!is_coded) return collective_of(job).all_gather.traffic(shape_of(job, parameters.size()), rank);
  return of_elements(collective_of(job).all_gather.traffic(shape_of_messages(job, parameters), rank),
                     form_of(job, parameters, true).element);
}

}  // namespace tandem
