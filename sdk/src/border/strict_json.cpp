#include "border/strict_json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace tidegate::sdk {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kLongestQuoted = 60;
constexpr std::size_t kLongestReason = 200;

/// Checks the depth before any recursion. In a text that is not JSON it may count wrongly; the parser then refuses the text.
void check_depth(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if ((c == '{' || c == '[') && ++depth > kDeepest) throw NotJson("it is more than 64 levels deep");
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
}

/// Returns the useful part of the parser's "[json.exception.parse_error.101] parse error at line 1, column 2: … - invalid literal; last read:
/// '…'"; the text last read may be a password, or the whole text.
std::string reason_of(const Json::exception &error) {
  std::string said = error.what();
  if (const std::size_t end = said.find("] "); said.starts_with('[') && end != std::string::npos) said.erase(0, end + 2);
  for (const char *rest : {"; last read", " parsing '"})
    if (const std::size_t at = said.find(rest); at != std::string::npos) said.erase(at);
  if (said.size() > kLongestReason) said.resize(kLongestReason);
  return said;
}

/// Looks at what the parser reads.
class Reader {
 public:
  bool read(Json::parse_event_t event, const Json &parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second)
      throw NotJson("it has the key " + in_quotes(parsed.get_ref<const std::string &>()) + " twice in one object");
    if (event != Event::key && event != Event::object_end && event != Event::array_end && ++values_ > kMostValues)
      throw NotJson("it has more than 100,000 values");
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  std::size_t values_ = 0;
};

/// The parser would take a zero byte for the end, and pass over the rest.
void check_zero(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw NotJson("it has a zero byte");
}

}  // namespace

Json parse_strict(std::string_view text) {
  check_zero(text);
  check_depth(text);
  Reader reader;
  try {
    return Json::parse(text, [&](int, Json::parse_event_t event, Json &parsed) { return reader.read(event, parsed); });
  } catch (const Json::exception &error) {
    throw NotJson(reason_of(error));
  }
}

void check_whole(std::string_view text) {
  check_zero(text);
  Reader reader;
  const auto look = [&](int, Json::parse_event_t event, Json &parsed) {
    if (parsed.is_string() && parsed.get_ref<const std::string &>().find('\0') != std::string::npos)
      throw NotJson("it has a text with the character U+0000");
    return reader.read(event, parsed);
  };
  try {
    [[maybe_unused]] const Json parsed = Json::parse(text, look);
  } catch (const Json::exception &) {  // for the parser to say
  }
}

std::string in_quotes(std::string_view text) {
  std::string out = Json(text.substr(0, kLongestQuoted))
                        .dump(-1, ' ', false, Json::error_handler_t::ignore);  // a character that was cut is left out
  if (text.size() > kLongestQuoted) out.insert(out.size() - 1, "…");
  return out;
}

}  // namespace tidegate::sdk
