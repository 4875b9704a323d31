// Runs a fuzz target without libFuzzer: the seeds first, then inputs that are made from them by a generator whose seed is
// given, so that every run can be repeated. Understands -max_total_time=S -runs=N -seed=N -max_len=N -dict=FILE
// -artifact_prefix=P, and files or folders of seeds. With -runs=0 it runs the seeds only. An input that crashes the process
// is left in a file.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*)());

namespace {

using Input = std::string;
using Clock = std::chrono::steady_clock;

struct Options {
  double seconds = 0;          // 0: no limit
  std::uint64_t runs = ~0ull;  // after the seeds
  std::uint64_t seed = 1;
  std::size_t longest = 4096;
  std::string dictionary, artifacts;
  std::vector<std::string> seeds;
};

Options options;
Input current;

/// Leaves the input that is being tried in a file. Called when the process is about to die.
void keep_input() {
  const std::string path = options.artifacts + "crash-" + std::to_string(std::hash<std::string>()(current));
  if (std::FILE *file = std::fopen(path.c_str(), "wb"); file != nullptr) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input is in %s\n", path.c_str());
  }
}

void crashed(int number) {
  keep_input();
  signal(number, SIG_DFL);
  raise(number);
}

std::string read_file(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The words of a libFuzzer dictionary: lines of "word" or name="word", with \xNN, \\ and \".
std::vector<Input> words(const std::string &path) {
  std::vector<Input> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find('"'), last = line.rfind('"');
    if (line.starts_with('#') || first == last) continue;
    Input word;
    for (std::size_t i = first + 1; i < last; ++i) {
      if (line[i] == '\\' && line[i + 1] == 'x') {
        word += static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16));
        i += 3;
      } else {
        if (line[i] == '\\') ++i;
        word += line[i];
      }
    }
    out.push_back(word);
  }
  return out;
}

/// Makes inputs out of seeds.
class Mutator {
 public:
  Mutator(std::vector<Input> seeds, std::vector<Input> words) : seeds_(std::move(seeds)), words_(std::move(words)) {
    if (seeds_.empty()) seeds_.emplace_back();
    if (words_.empty()) words_ = {"0", "-1", "18446744073709551615", "\n", std::string(1, '\0'), "\xff"};
  }

  Input next() {
    Input out = seeds_[below(seeds_.size())];
    for (std::size_t steps = 1 + below(6); steps != 0; --steps) change(out);
    out.resize(std::min(out.size(), options.longest));
    return out;
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

  void change(Input &out) {
    const std::size_t at = below(out.size() + 1);
    switch (below(9)) {
      case 0:
        if (at < out.size()) out[at] = static_cast<char>(out[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < out.size()) out[at] = static_cast<char>(below(256));
        break;
      case 2: out.insert(at, 1, static_cast<char>(below(256))); break;
      case 3: out.erase(at, 1 + below(8)); break;
      case 4: out.erase(at, below(out.size() + 1)); break;
      case 5: out.insert(at, words_[below(words_.size())]); break;
      case 6: out.replace(at, std::min(out.size() - at, below(12)), words_[below(words_.size())]); break;
      case 7: out.insert(at, out.substr(below(out.size() + 1), 1 + below(64))); break;
      default: {
        const Input &other = seeds_[below(seeds_.size())];
        out = out.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  std::vector<Input> seeds_, words_;
  std::mt19937_64 random_{options.seed};
};

bool starts(std::string_view argument, std::string_view key, std::string &value) {
  if (!argument.starts_with(key)) return false;
  value = argument.substr(key.size());
  return true;
}

void parse(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    std::string value;
    if (starts(argv[i], "-max_total_time=", value))
      options.seconds = std::stod(value);
    else if (starts(argv[i], "-runs=", value))
      options.runs = std::stoull(value);
    else if (starts(argv[i], "-seed=", value))
      options.seed = std::stoull(value);
    else if (starts(argv[i], "-max_len=", value))
      options.longest = std::stoull(value);
    else if (starts(argv[i], "-dict=", value))
      options.dictionary = value;
    else if (starts(argv[i], "-artifact_prefix=", value))
      options.artifacts = value;
    else if (argv[i][0] != '-')
      options.seeds.emplace_back(argv[i]);
  }
}

std::vector<Input> read_seeds() {
  std::vector<std::filesystem::path> paths;
  for (const std::string &seed : options.seeds) {
    if (!std::filesystem::is_directory(seed)) {
      paths.emplace_back(seed);
      continue;
    }
    for (const auto &entry : std::filesystem::directory_iterator(seed)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Input> out;
  for (const auto &path : paths) out.push_back(read_file(path));
  return out;
}

void run(const Input &input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(current.data()), current.size());
}

}  // namespace

int main(int argc, char **argv) {
  parse(argc, argv);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) signal(number, crashed);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);
  const auto began = Clock::now();
  const auto over = [&] {
    return options.seconds != 0 && std::chrono::duration<double>(Clock::now() - began).count() >= options.seconds;
  };
  const std::vector<Input> seeds = read_seeds();
  for (const Input &seed : seeds) run(seed);
  Mutator mutator(seeds, words(options.dictionary));
  std::uint64_t done = 0;
  for (; done < options.runs && !over(); ++done) {
    alarm(20);  // an input that takes so long hangs
    run(mutator.next());
  }
  std::printf("%zu seeds and %llu inputs made from them, seed %llu: nothing crashed\n", seeds.size(),
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(options.seed));
  return 0;
}
