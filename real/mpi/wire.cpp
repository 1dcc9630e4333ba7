#include "real/mpi/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "real/mpi/job.h"

namespace tandem::mpi {
namespace {

constexpr int kFrameTag = 0;
constexpr int kFirstValuesTag = 1;

int mpi_count(std::size_t values) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (values > kMost) abort_job(fmt::format("a message of {} values; MPI counts up to {}", values, kMost));
  return static_cast<int>(values);
}

// MPI only moves the values and never adds them, so any type of the right size will do.
MPI_Datatype mpi_type(Element element) {
  if (element == Element::f32) return MPI_FLOAT;
  return size_of(element) == sizeof(std::uint16_t) ? MPI_UINT16_T : MPI_BYTE;
}

}  // namespace

Wire::Wire(MPI_Comm communicator) : communicator_(communicator), expected_(kFramesExpected) {
  int* largest = nullptr;
  int is_known = 0;
  check(MPI_Comm_get_attr(communicator, MPI_TAG_UB, &largest, &is_known), "MPI_Comm_get_attr");
  constexpr int kLeastThatMpiPromises = 32767;
  largest_tag_ = is_known != 0 ? *largest : kLeastThatMpiPromises;
  for (std::size_t i = 0; i < kFramesExpected; ++i) expect_frame(i);
}

Wire::~Wire() {
  for (MPI_Request& request : expected_requests_) {
    if (request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
}

int Wire::tag_of(std::uint64_t number) const {
  const auto tags = static_cast<std::uint64_t>(largest_tag_ - kFirstValuesTag);
  return kFirstValuesTag + static_cast<int>(number % tags);
}

void Wire::expect_frame(std::size_t i) {
  check(MPI_Irecv(&expected_[i], sizeof(Frame), MPI_BYTE, MPI_ANY_SOURCE, kFrameTag, communicator_,
                  &expected_requests_[i]),
        "MPI_Irecv");
}

bool Wire::send_frame(int to, const Header& header, std::span<const std::byte> body, Slot op) {
  if (spare_frames_.empty()) spare_frames_.push_back(std::make_unique_for_overwrite<Frame>());
  std::unique_ptr<Frame> frame = std::move(spare_frames_.back());
  spare_frames_.pop_back();
  frame->header = header;
  std::copy(body.begin(), body.end(), frame->body.begin());

  MPI_Request request = MPI_REQUEST_NULL;
  const int bytes = static_cast<int>(sizeof(Header) + body.size());
  check(MPI_Isend(frame.get(), bytes, MPI_BYTE, to, kFrameTag, communicator_, &request), "MPI_Isend");
  int has_left = 0;
  check(MPI_Test(&request, &has_left, MPI_STATUS_IGNORE), "MPI_Test");
  if (has_left != 0) {
    spare_frames_.push_back(std::move(frame));
    return true;
  }
  requests_.push_back(request);
  transfers_.push_back({.peer = to, .sent = op, .frame = std::move(frame)});
  return false;
}

void Wire::send_values(int to, std::uint64_t number, Slice values, Slot op) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Isend(values.address, mpi_count(values.count), mpi_type(values.element), to, tag_of(number), communicator_,
                  &request),
        "MPI_Isend");
  requests_.push_back(request);
  transfers_.push_back({.peer = to, .sent = op});
}

void Wire::receive_values(int from, std::uint64_t number, Slice destination, Message* message) {
  Transfer transfer{.peer = from, .received = message};
  if (destination.address == nullptr) {
    transfer.unwanted.resize(destination.bytes());
    destination.address = transfer.unwanted.data();
  }
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Irecv(destination.address, mpi_count(destination.count), mpi_type(destination.element), from,
                  tag_of(number), communicator_, &request),
        "MPI_Irecv");
  requests_.push_back(request);
  transfers_.push_back(std::move(transfer));
}

void Wire::forget_values(const Message* message) {
  const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                  [message](const Transfer& transfer) { return transfer.received == message; });
  const auto i = static_cast<std::size_t>(found - transfers_.begin());
  check(MPI_Cancel(&requests_[i]), "MPI_Cancel");
  check(MPI_Wait(&requests_[i], MPI_STATUS_IGNORE), "MPI_Wait");
  forget(i);
}

void Wire::forget(std::size_t i) {
  std::swap(transfers_[i], transfers_.back());
  transfers_.pop_back();
  std::swap(requests_[i], requests_.back());
  requests_.pop_back();
}

ArrivedFrame Wire::next_frame() {
  if (next_was_taken_) {
    expect_frame(next_);
    next_ = (next_ + 1) % kFramesExpected;
    next_was_taken_ = false;
  }
  int has_arrived = 0;
  MPI_Status status;
  check(MPI_Test(&expected_requests_[next_], &has_arrived, &status), "MPI_Test");
  if (has_arrived == 0) return {};
  next_was_taken_ = true;
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  return {status.MPI_SOURCE, &expected_[next_], static_cast<std::size_t>(bytes) - sizeof(Header)};
}

std::span<const Transfer> Wire::finished() {
  finished_.clear();
  if (transfers_.empty()) return {};
  int count = 0;
  indices_.resize(transfers_.size());
  check(
      MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count, indices_.data(), MPI_STATUSES_IGNORE),
      "MPI_Testsome");
  for (int i = 0; i < count; ++i) {
    Transfer& transfer = transfers_[static_cast<std::size_t>(indices_[static_cast<std::size_t>(i)])];
    if (transfer.frame) spare_frames_.push_back(std::move(transfer.frame));
    finished_.push_back(std::move(transfer));
  }
  // From the back, so that the transfer that fills a gap is not itself one that is to go.
  std::sort(indices_.begin(), indices_.begin() + count, std::greater<>());
  for (int i = 0; i < count; ++i) forget(static_cast<std::size_t>(indices_[static_cast<std::size_t>(i)]));
  return finished_;
}

}  // namespace tandem::mpi
