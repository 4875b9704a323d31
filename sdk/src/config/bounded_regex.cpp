#include "config/bounded_regex.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tidegate::sdk {
namespace {

constexpr std::size_t kLongestPattern = 4096;
constexpr std::uint32_t kMostRepeats = 1000;
constexpr std::uint32_t kEndless = UINT32_MAX;
constexpr int kDeepest = 64;
constexpr char32_t kLast = 0x10ffff;

/// Decodes UTF-8. Each byte that is not UTF-8 counts as one character.
std::u32string decoded(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (bytes == 1 || at + bytes > text.size()) {
      out.push_back(lead);
      ++at;
      continue;
    }
    char32_t code = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
    out.push_back(code);
    at += bytes;
  }
  return out;
}

bool is_word(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

bool BoundedRegex::Class::has(char32_t c) const {
  return std::ranges::any_of(ranges, [c](const Range &range) { return c >= range.first && c <= range.last; }) != negated;
}

// ---- reading a pattern ----

/// Reads a pattern by recursive descent and writes the steps of the program; the steps of a repeated part are copied.
class PatternReader {
 public:
  using Op = BoundedRegex::Op;
  using Class = BoundedRegex::Class;

  explicit PatternReader(std::u32string pattern) : pattern_(std::move(pattern)) {}

  void whole(BoundedRegex &into) {
    if (starts(U"^(?=") || starts(U"^(?!")) {
      for (at_ = 1; starts(U"(?=") || starts(U"(?!");) {
        const bool wanted = pattern_[at_ + 2] == '=';
        at_ += 3;
        alternatives(0);
        need(U')');
        emit(Op::match);
        into.looks_.push_back({std::exchange(program_, {}), wanted});
      }
      emit(Op::begin);  // for the ^
      sequence(0);
      if (more() && pattern_[at_] == '|') fail("has alternatives behind a lookahead; put them into (?: )");
    } else {
      alternatives(0);
    }
    if (more()) fail("has a ) without a (");
    emit(Op::match);
    into.program_ = std::move(program_);
  }

 private:
  [[noreturn]] static void fail(const char *why) { throw NotAPattern(why); }
  bool more() const { return at_ < pattern_.size(); }
  bool starts(std::u32string_view text) const { return std::u32string_view(pattern_).substr(std::min(at_, pattern_.size())).starts_with(text); }
  bool take(char32_t c) {
    if (!more() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  void need(char32_t c) {
    if (!take(c)) fail("has a ( without a )");
  }
  std::uint32_t emit(Op op, std::uint32_t a = 0, std::uint32_t b = 0) {
    if (program_.steps.size() >= BoundedRegex::kMostSteps) fail("is too large: its repetitions spelled out have more than 4,096 steps");
    program_.steps.push_back({op, a, b});
    return static_cast<std::uint32_t>(program_.steps.size() - 1);
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(program_.steps.size()); }

  void alternatives(int depth) {
    if (depth > kDeepest) fail("is more than 64 levels deep");
    std::vector<std::uint32_t> ends;
    while (true) {
      const std::uint32_t split = emit(Op::split);  // made a jump when there is no other alternative
      sequence(depth);
      if (!more() || pattern_[at_] != '|') {
        program_.steps[split] = {Op::jump, split + 1, 0};
        break;
      }
      ++at_;
      ends.push_back(emit(Op::jump));
      program_.steps[split] = {Op::split, split + 1, here()};
    }
    for (const std::uint32_t end : ends) program_.steps[end].a = here();
  }

  void sequence(int depth) {
    while (more() && pattern_[at_] != '|' && pattern_[at_] != ')') repeated(depth);
  }

  /// Reads an atom and its quantifier.
  void repeated(int depth) {
    const std::uint32_t first = here();
    const bool repeats = atom(depth);
    std::uint32_t least = 1;
    std::uint32_t most = 1;
    if (!quantifier(least, most)) return;
    if (!repeats) fail("repeats what has no length, such as ^* or \\b+");
    if (starts(U"*") || starts(U"+") || starts(U"?")) fail("has a quantifier behind a quantifier");
    const std::vector<BoundedRegex::Step> part(program_.steps.begin() + first, program_.steps.end());
    program_.steps.resize(first);  // the part is written again for each repetition
    const auto again = [&] {
      const std::uint32_t shift = here() - first;
      for (const BoundedRegex::Step &step : part) {
        const bool leads = step.op == Op::split || step.op == Op::jump;
        emit(step.op, step.a + (leads ? shift : 0), step.b + (step.op == Op::split ? shift : 0));
      }
    };
    std::uint32_t last = here();
    for (std::uint32_t i = 0; i < least; ++i) {
      last = here();
      again();
    }
    if (most == kEndless && least > 0) {
      const std::uint32_t split = emit(Op::split);
      program_.steps[split] = {Op::split, last, here()};
    } else if (most == kEndless) {
      const std::uint32_t split = emit(Op::split);
      again();
      emit(Op::jump, split);
      program_.steps[split] = {Op::split, split + 1, here()};
    } else {
      std::vector<std::uint32_t> splits;
      for (std::uint32_t i = least; i < most; ++i) {
        splits.push_back(emit(Op::split));
        again();
      }
      for (const std::uint32_t split : splits) program_.steps[split] = {Op::split, split + 1, here()};
    }
  }

  /// Reads a quantifier. Returns: whether there is one.
  bool quantifier(std::uint32_t &least, std::uint32_t &most) {
    if (take('*')) {
      least = 0, most = kEndless;
    } else if (take('+')) {
      least = 1, most = kEndless;
    } else if (take('?')) {
      least = 0, most = 1;
    } else if (!braces(least, most)) {
      return false;
    }
    take('?');  // a lazy quantifier matches the same texts
    return true;
  }
  bool braces(std::uint32_t &least, std::uint32_t &most) {
    if (!more() || pattern_[at_] != '{') return false;
    ++at_;
    least = number();
    most = least;
    if (take(',')) {
      if (more() && pattern_[at_] == '}')
        most = kEndless;
      else
        most = number();
    }
    if (!take('}')) fail("has a { without a }");
    if (most < least) fail("has a repetition whose most is less than its least");
    return true;
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const std::size_t begin = at_;
    for (; more() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
      value = value * 10 + (pattern_[at_] - '0');
      if (value > kMostRepeats) fail("repeats a part more than 1,000 times");
    }
    if (at_ == begin) fail("has a { that is no repetition; write \\{");
    return value;
  }

  /// Reads an atom. Returns: whether it may be repeated.
  bool atom(int depth) {
    const char32_t c = pattern_[at_++];
    switch (c) {
      case '^': emit(Op::begin); return false;
      case '$': emit(Op::end); return false;
      case '(': return group(depth);
      case '.': return one_of({{{U'\n', U'\n'}, {U'\r', U'\r'}, {0x2028, 0x2029}}, true});
      case '[': return one_of(in_brackets());
      case '\\': return escape();
      case '*':
      case '+':
      case '?': fail("has a quantifier with nothing before it");
      case '{': fail("has a { with nothing before it; write \\{");
      default: return one_of({{{c, c}}, false});
    }
  }
  bool group(int depth) {
    if (starts(U"?:"))
      at_ += 2;
    else if (starts(U"?"))
      fail("has a lookahead or a lookbehind that is not at the start behind a ^, which cannot be matched in bounded time");
    alternatives(depth + 1);
    need(U')');
    return true;
  }
  bool one_of(Class its) {
    program_.classes.push_back(std::move(its));
    emit(Op::character, static_cast<std::uint32_t>(program_.classes.size() - 1));
    return true;
  }
  bool escape() {
    if (!more()) fail("ends with a \\");
    if (take('b')) return emit(Op::word_edge), false;
    if (take('B')) return emit(Op::no_word_edge), false;
    if (pattern_[at_] >= '1' && pattern_[at_] <= '9') fail("has a backreference, which cannot be matched in bounded time");
    if (std::optional<Class> many = shorthand()) return one_of(std::move(*many));
    const char32_t c = character();
    return one_of({{{c, c}}, false});
  }

  /// \d, \w, \s and their opposites.
  std::optional<Class> shorthand() {
    Class out;
    const char32_t c = pattern_[at_];
    switch (c | 0x20) {
      case 'd': out.ranges = {{'0', '9'}}; break;
      case 'w': out.ranges = {{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}}; break;
      case 's':
        out.ranges = {{'\t', '\r'}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                      {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};
        break;
      default: return std::nullopt;
    }
    out.negated = c < 'a';
    ++at_;
    return out;
  }
  /// Reads the character of an escape, behind its backslash.
  char32_t character() {
    const char32_t c = pattern_[at_++];
    switch (c) {
      case 't': return '\t';
      case 'n': return '\n';
      case 'r': return '\r';
      case 'v': return '\v';
      case 'f': return '\f';
      case '0': return '\0';
      case 'x': return hexadecimal(2);
      case 'u': return unicode();
      case 'c':
        if (!more()) fail("ends with \\c");
        return pattern_[at_++] & 0x1fu;
      default:
        if (is_word(c)) fail("has an escape that ECMAScript does not know");
        return c;
    }
  }
  /// Reads the digits of \\u. Two escapes that are a surrogate pair are one character.
  char32_t unicode() {
    const char32_t first = hexadecimal(4);
    if (first < 0xd800 || first > 0xdbff || at_ + 1 >= pattern_.size() || pattern_[at_] != '\\' || pattern_[at_ + 1] != 'u') return first;
    const std::size_t after_first = at_;
    at_ += 2;
    const char32_t second = hexadecimal(4);
    if (second >= 0xdc00 && second <= 0xdfff) return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    at_ = after_first;
    return first;
  }
  char32_t hexadecimal(int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const char32_t c = more() ? pattern_[at_++] : 0;
      if (c >= '0' && c <= '9')
        value = value * 16 + (c - '0');
      else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        value = value * 16 + ((c | 0x20) - 'a' + 10);
      else
        fail("has a \\x or \\u without its hexadecimal digits");
    }
    return value;
  }

  Class in_brackets() {
    Class out;
    out.negated = take('^');
    while (true) {
      if (!more()) fail("has a [ without a ]");
      if (take(']')) return out;
      const std::optional<char32_t> first = in_brackets(out);
      if (!first) continue;
      if (!starts(U"-") || starts(U"-]")) {
        out.ranges.push_back({*first, *first});
        continue;
      }
      ++at_;
      if (!more()) fail("has a [ without a ]");
      const std::optional<char32_t> last = in_brackets(out);
      if (!last || *last < *first) fail("has a range in brackets whose end comes before its start");
      out.ranges.push_back({*first, *last});
    }
  }
  /// Reads one character or one class in brackets. Returns: the character; nothing when a class was added to `into`.
  std::optional<char32_t> in_brackets(Class &into) {
    if (!take('\\')) return pattern_[at_++];
    if (!more()) fail("ends with a \\");
    if (take('b')) return '\b';
    std::optional<Class> many = shorthand();
    if (!many) return character();
    if (!many->negated) {
      into.ranges.insert(into.ranges.end(), many->ranges.begin(), many->ranges.end());
      return std::nullopt;
    }
    std::ranges::sort(many->ranges, {}, &BoundedRegex::Range::first);
    char32_t next = 0;
    for (const auto &range : many->ranges) {
      if (range.first > next) into.ranges.push_back({next, range.first - 1});
      next = range.last + 1;
    }
    into.ranges.push_back({next, kLast});
    return std::nullopt;
  }

  const std::u32string pattern_;
  std::size_t at_ = 0;
  BoundedRegex::Program program_;
};

BoundedRegex::BoundedRegex(std::string_view pattern) {
  if (pattern.size() > kLongestPattern) throw NotAPattern("is longer than 4,096 bytes");
  PatternReader(decoded(pattern)).whole(*this);
}

// ---- matching ----

bool BoundedRegex::matches(std::string_view text) const {
  const std::u32string characters = decoded(text);
  for (const Look &look : looks_)
    if (look.program.matches(characters, true) != look.wanted) return false;
  return program_.matches(characters, false);
}

bool BoundedRegex::Program::matches(const std::u32string &text, bool at_start_only) const {
  std::vector<std::uint32_t> now, next, to_follow;
  std::vector<std::size_t> seen(steps.size(), SIZE_MAX);  // by step: the place in the text at which the step was last reached
  bool found = false;
  /// Adds a step and all steps reachable from it without a character, at one place of the text.
  const auto add = [&](std::vector<std::uint32_t> &list, std::uint32_t from, std::size_t place) {
    to_follow.push_back(from);
    while (!to_follow.empty()) {
      const std::uint32_t at = to_follow.back();
      to_follow.pop_back();
      if (std::exchange(seen[at], place) == place) continue;
      const Step &step = steps[at];
      const bool before = place > 0 && is_word(text[place - 1]), behind = place < text.size() && is_word(text[place]);
      switch (step.op) {
        case Op::character: list.push_back(at); break;
        case Op::match: found = true; break;
        case Op::jump: to_follow.push_back(step.a); break;
        case Op::split:
          to_follow.push_back(step.b);
          to_follow.push_back(step.a);
          break;
        case Op::begin:
          if (place == 0) to_follow.push_back(at + 1);
          break;
        case Op::end:
          if (place == text.size()) to_follow.push_back(at + 1);
          break;
        case Op::word_edge:
          if (before != behind) to_follow.push_back(at + 1);
          break;
        case Op::no_word_edge:
          if (before == behind) to_follow.push_back(at + 1);
          break;
      }
    }
  };
  for (std::size_t place = 0; place <= text.size() && !found; ++place) {
    if (place == 0 || !at_start_only) add(now, 0, place);
    if (found || place == text.size()) break;
    next.clear();
    for (const std::uint32_t at : now)
      if (classes[steps[at].a].has(text[place])) add(next, at + 1, place + 1);
    now.swap(next);
  }
  return found;
}

}  // namespace tidegate::sdk
