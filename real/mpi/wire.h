// Frames and values as MPI messages. A frame is short: a header, followed by the values of a small message. The values
// of a large message go from the sender's memory to the receiver's, once its receive is posted. The frames of one
// sender arrive in order. Nothing here blocks, and the caller holds the rank's lock.
#pragma once

#include <mpi.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "real/frame.h"
#include "real/inbox.h"
#include "real/op_table.h"

namespace tandem::mpi {

using real::Header;
using real::kNoSlot;
using real::Message;
using real::Slot;

/// Values of up to this size are copied into the frame, because two copies cost less than asking first: 14 us against
/// 22 us for 16 KiB around a ring of two in shared memory, 22 us against 27 us for 64 KiB.
inline constexpr std::size_t kFrameBodyBytes = 64 * 1024 - sizeof(Header);

struct Frame {
  Header header;
  std::array<std::byte, kFrameBodyBytes> body;
};

struct ArrivedFrame {
  int from = -1;
  const Frame* frame = nullptr;  ///< null: none has arrived
  std::size_t body_bytes = 0;
};

/// A send or receive that MPI has not finished.
struct Transfer {
  int peer = -1;
  Slot sent = kNoSlot;              ///< the op whose values are sent
  Message* received = nullptr;      ///< the message whose values are received
  std::unique_ptr<Frame> frame;     ///< the frame that is sent, kept until MPI is done with it
  std::vector<std::byte> unwanted;  ///< room for values whose size no receive expects
};

class Wire {
 public:
  explicit Wire(MPI_Comm communicator);
  ~Wire();  ///< no transfer may be unfinished
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Copies the frame. True if MPI has finished sending it; otherwise finished() will name `op`.
  bool send_frame(int to, const Header& header, std::span<const std::byte> body, Slot op);
  /// `number` distinguishes the large messages of one sender and receiver.
  void send_values(int to, std::uint64_t number, Slice values, Slot op);
  /// Drops the values where `destination` has no address.
  void receive_values(int from, std::uint64_t number, Slice destination, Message* message);
  /// Cancels the receive: the sender has withdrawn the message.
  void forget_values(const Message* message);

  /// The next frame, in order. It is valid until the next call.
  ArrivedFrame next_frame();
  /// Transfers that MPI has finished since the last call; valid until the next call.
  std::span<const Transfer> finished();
  bool is_moving() const { return !transfers_.empty(); }

 private:
  static constexpr std::size_t kFramesExpected = 8;
  int tag_of(std::uint64_t number) const;
  void expect_frame(std::size_t i);
  void forget(std::size_t i);

  MPI_Comm communicator_;
  int largest_tag_ = 0;
  std::vector<Frame> expected_;
  std::array<MPI_Request, kFramesExpected> expected_requests_;
  std::size_t next_ = 0;
  bool next_was_taken_ = false;
  std::vector<MPI_Request> requests_;  ///< the transfers', at the same index
  std::vector<Transfer> transfers_;
  std::vector<Transfer> finished_;
  std::vector<int> indices_;
  std::vector<std::unique_ptr<Frame>> spare_frames_;
};

}  // namespace tandem::mpi
