#include "core/message_span.h"

#include <fmt/format.h>

#include <charconv>

namespace tandem {
namespace {

constexpr std::string_view kTo = "message to ", kFrom = "message from ", kTag = ", tag ", kBytes = ", bytes ";

/// Takes `word` and the number after it off the front of `text`.
template <class Number>
bool take(std::string_view& text, std::string_view word, Number& number) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

Span message_span(const MessageEnd& end, double start_s, double end_s) {
  return {.name = fmt::format("{}{}{}{}{}{}", end.is_send ? kTo : kFrom, end.peer, kTag, end.tag, kBytes, end.bytes),
          .start_s = start_s,
          .end_s = end_s};
}

std::optional<MessageEnd> message_of(std::string_view span_name) {
  MessageEnd end{.is_send = span_name.starts_with(kTo)};
  if (take(span_name, end.is_send ? kTo : kFrom, end.peer) && take(span_name, kTag, end.tag) &&
      take(span_name, kBytes, end.bytes) && span_name.empty())
    return end;
  return std::nullopt;
}

}  // namespace tandem
