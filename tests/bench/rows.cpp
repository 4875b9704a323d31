#include "rows.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "machine.hpp"
#include "spread.hpp"

namespace tidegate::bench {
namespace {

using Json = nlohmann::json;

Json json_of(const Rounds &values) {
  const Spread spread = spread_of(values);
  return {{"value", spread.median}, {"low", spread.low}, {"high", spread.high},
          {"from", spread.from},    {"to", spread.to},   {"rounds", spread.rounds}};
}

void write(const Json &line) { std::cout << line.dump() << std::endl; }

}  // namespace

std::vector<unsigned> Run::threads() const {
  std::vector<unsigned> out{1, 2, 4, processors()};
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void Rows::compare(const std::string &id, const std::string &group, unsigned threads, const Side &ours, const Side &theirs,
                   unsigned rounds, Better better) {
  const std::vector<Rounds> measured = in_turn({ours, theirs}, rounds);
  Rounds ratios;
  for (std::size_t i = 0; i < measured[0].size(); ++i)
    ratios.push_back(better == Better::lower ? measured[0][i] / measured[1][i] : measured[1][i] / measured[0][i]);
  Json line = json_of(ratios);
  line["id"] = id;
  line["group"] = group;
  line["threads"] = threads;
  line["unit"] = "ratio";
  line["ours"] = ours.name;
  line["theirs"] = theirs.name;
  line["ours_ns"] = spread_of(measured[0]).median;
  line["theirs_ns"] = spread_of(measured[1]).median;
  write(line);
}

void Rows::measure(const std::string &group, unsigned threads, const std::vector<Side> &sides, unsigned rounds) {
  const std::vector<Rounds> measured = in_turn(sides, rounds);
  for (std::size_t i = 0; i < sides.size(); ++i) figure(group, sides[i].name, threads, "ns", measured[i]);
}

void Rows::figure(const std::string &group, const std::string &what, unsigned threads, const std::string &unit,
                  const Rounds &values) {
  Json line = json_of(values);
  line["group"] = group;
  line["what"] = what;
  line["threads"] = threads;
  line["unit"] = unit;
  write(line);
}

void Rows::value(const std::string &id, const Rounds &values) {
  Json line = json_of(values);
  line["id"] = id;
  write(line);
}

}  // namespace tidegate::bench
