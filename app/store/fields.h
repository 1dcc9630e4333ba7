// The fields of every kind of row, each named once. Tables on disk (row_table.h) and rows on their way from one process
// to another are made from these lists.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "app/store/result.h"

namespace tandem {

/// Calls `visit(name, value)` for each field, in the order of the table's columns.
template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, StepResult>
void visit_fields(Row& row, Visit&& visit) {
  visit("step", row.step);
  visit("worker", row.worker);
  visit("time_s", row.time_s);
  visit("samples", row.samples);
  visit("train_loss", row.train_loss);
  visit("validation_loss", row.validation_loss);
  visit("validation_accuracy", row.validation_accuracy);
}

template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, RankResult>
void visit_fields(Row& row, Visit&& visit) {
  visit("rank", row.rank);
  visit("role", row.role);
  visit("compute_s", row.compute_s);
  visit("comm_s", row.communication_s);
  visit("idle_s", row.idle_s);
  visit("messages_sent", row.traffic.messages_sent);
  visit("bytes_sent", row.traffic.bytes_sent);
  visit("messages_received", row.traffic.messages_received);
  visit("bytes_received", row.traffic.bytes_received);
}

template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, SlotResult>
void visit_fields(Row& row, Visit&& visit) {
  visit("stage", row.stage);
  visit("chunk", row.chunk);
  visit("microbatch", row.microbatch);
  visit("work", row.work);
  visit("start_s", row.start_s);
  visit("end_s", row.end_s);
}

/// How many updates had this staleness.
template <typename Row, typename Visit>
requires std::same_as<std::remove_const_t<Row>, StalenessCount>
void visit_fields(Row& row, Visit&& visit) {
  visit("staleness", row.first);
  visit("updates", row.second);
}

}  // namespace tandem
