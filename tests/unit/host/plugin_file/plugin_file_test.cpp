// Files that are no plugins, or should not be trusted: each is refused with a sentence, and nothing of it runs.
#include "plugin_file_fixture.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>

#include "core/fixed_text.hpp"
#include "os/fault.hpp"
#include "plugin_file/mapped_files.hpp"
#include "tidegate/plugin_entry.h"

namespace tidegate::sdk {
namespace {

TEST_F(PluginFileTest, Note_SaysWhatItIs) {
  const PluginFile file(fixture("newer"));
  EXPECT_EQ(file.id(), "com.example.newer");
  EXPECT_EQ(file.version(), "2.0~beta");
  EXPECT_EQ(file.roles(), (std::vector<std::string>{"com.example.later/1", "tidegate.event-sink/1"}));
  EXPECT_EQ(file.abi(), TG_ABI(0, 99));
  EXPECT_EQ(file.min_host_abi(), TG_ABI(0, 9));
  EXPECT_EQ(PluginFile(PLUGINS "/limits.so").roles(),
            (std::vector<std::string>{"tidegate.admission/1", "tidegate.config/1"}));
}

// ---- no byte of the file is believed ----

TEST_F(PluginFileTest, Missing_IsSaid) {
  EXPECT_NE(refused(TG_E_NOT_PLUGIN, fixture("no_note")).find("has no note of Tidegate's; declare it with TG_PLUGIN"),
            std::string::npos);
  EXPECT_NE(refused(TG_E_NOT_PLUGIN, "/dev/null").find("is not a regular file"), std::string::npos);
}

TEST_F(PluginFileTest, NoLibraryOfThisMachine_IsSaid) {
  expect_refused("is not an ELF file", [](Elf &elf) { elf.bytes = "#!/bin/sh\n"; });
  expect_refused("is not a 64-bit library", [](Elf &elf) { elf.header().e_ident[EI_CLASS] = ELFCLASS32; });
  expect_refused("has the byte order of another", [](Elf &elf) { elf.header().e_ident[EI_DATA] = ELFDATA2MSB; });
  expect_refused("was built for another processor (ELF machine 21", [](Elf &elf) { elf.header().e_machine = EM_PPC64; });
  expect_refused("is not a shared library", [](Elf &elf) { elf.header().e_type = ET_REL; });
}

TEST_F(PluginFileTest, HeadersThatAreNone_AreSaid) {
  expect_refused("has 0 program headers", [](Elf &elf) { elf.header().e_phnum = 0; });
  expect_refused("has 65535 program headers", [](Elf &elf) { elf.header().e_phnum = 65535; });
  expect_refused("of 40 bytes", [](Elf &elf) { elf.header().e_phentsize = 40; });
  expect_refused("its program headers lie beyond", [](Elf &elf) { elf.header().e_phoff = elf.bytes.size() - 8; });
  expect_refused("its program headers lie beyond", [](Elf &elf) { elf.header().e_phoff = UINT64_MAX - 8; });
  expect_refused("what is to be loaded lies beyond", [](Elf &elf) {
    for (unsigned i = 0; i < elf.header().e_phnum; ++i)
      if (elf.segment(i).p_type == PT_LOAD) elf.segment(i).p_filesz = UINT64_MAX - 4096;
  });
}

TEST_F(PluginFileTest, NotesThatAreNone_AreSaid) {
  expect_refused("65,536 at most", [](Elf &elf) { elf.notes().p_filesz = 70000; });
  expect_refused("its notes lie beyond", [](Elf &elf) { elf.notes().p_offset = elf.bytes.size() - 4; });
  expect_refused("its notes lie beyond", [](Elf &elf) { elf.notes().p_offset = UINT64_MAX - 4; });
  expect_refused("overlap its headers", [](Elf &elf) { elf.notes().p_offset = elf.header().e_phoff + 8; });
  expect_refused("overlap its headers", [](Elf &elf) { elf.notes().p_offset = 0; });
  expect_refused("goes on beyond its segment", [](Elf &elf) { elf.note().n_descsz = 0xfffffff0; });
  expect_refused("goes on beyond its segment", [](Elf &elf) { elf.note().n_namesz = 0xfffffff0; });
  expect_refused("has no note", [](Elf &elf) { elf.note().n_type = 2; });
  expect_refused("has no note", [](Elf &elf) { elf.bytes[elf.owner()] = 'T'; });
  expect_refused("more than one note", [](Elf &elf) {
    for (unsigned i = 0; i < elf.header().e_phnum; ++i)
      if (elf.segment(i).p_type == PT_GNU_STACK) elf.segment(i) = elf.notes();
  });
}

TEST_F(PluginFileTest, IdentityThatIsNone_IsSaid) {
  expect_refused("cut short", [](Elf &elf) { elf.note().n_descsz = 8; });
  expect_refused("whose head has 0 of its", [](Elf &elf) { elf.head().struct_size = 0; });
  expect_refused("whose head has 4000000000 of its", [](Elf &elf) { elf.head().struct_size = 4000000000u; });
  expect_refused("without a version", [](Elf &elf) { std::memset(elf.texts(), 'x', elf.note().n_descsz - 16 - 1); });
  expect_refused("without an id", [](Elf &elf) {
    std::memset(elf.texts(), 0, elf.note().n_descsz - 16);
    elf.note().n_descsz = 16;
  });
  expect_refused("has an id that is none", [](Elf &elf) { elf.texts()[0] = '\0'; });
  expect_refused("has an id that is none", [](Elf &elf) { elf.texts()[3] = '/'; });
  expect_refused("has a version that is none", [](Elf &elf) { elf.texts()[18] = '\n'; });
  expect_refused("has roles that are none", [](Elf &elf) { elf.texts()[27] = '\x1b'; });
}

TEST_F(PluginFileTest, Versions_AreNamedBoth_WithTheRemedy) {
  const auto says = [&](std::uint32_t abi, std::uint32_t min, const std::string &sentence) {
    expect_refused(sentence,
                   [&](Elf &elf) {
                     elf.head().abi = abi;
                     elf.head().min_host_abi = min;
                   },
                   TG_E_ABI);
  };
  says(TG_ABI(7, 2), TG_ABI(7, 0), "was built for plugin ABI 7.2, this host speaks 0.9: the first number must be the same; use a build for");
  says(TG_ABI(0, 99), TG_ABI(0, 98), "needs a host with plugin ABI 0.98, this one speaks 0.9; update the host's libtidegate");
  says(TG_ABI(0, 3), TG_ABI(0, 5), "was built for plugin ABI 0.3 and says that it needs 0.5; build it with");
}

/// A later version may say more in the head, which is skipped.
TEST_F(PluginFileTest, LongerHead_IsRead) {
  Elf elf(fixture("newer"));
  const std::string texts(elf.texts(), 17);
  elf.head().struct_size = 20;
  std::memset(elf.texts(), 0xff, 4);
  EXPECT_EQ(PluginFile(write("longer.so", elf.bytes)).id(), texts.substr(4));
}

TEST_F(PluginFileTest, CutShortAnywhere_IsRefusedOrWhole) {
  const std::string whole = bytes_of(fixture("newer"));
  Elf elf(fixture("newer"));
  std::size_t loaded = 0;
  for (unsigned i = 0; i < elf.header().e_phnum; ++i)
    if (elf.segment(i).p_type == PT_LOAD) loaded = std::max(loaded, elf.segment(i).p_offset + elf.segment(i).p_filesz);
  std::size_t cut = 0;
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += bytes < 2048 ? 1 : 61) {
    const std::string path = write("cut.so", whole.substr(0, bytes));
    if (bytes < loaded) {
      refused(TG_E_NOT_PLUGIN, path);
      ++cut;
    } else {
      EXPECT_EQ(PluginFile(path).id(), "com.example.newer");
    }
  }
  EXPECT_GT(cut, 2000u);
}

/// Whatever it says: a sentence or an identity, no more than that.
TEST_F(PluginFileTest, Garbage_NeverDoesMoreThanBeRefused) {
  const Elf good(fixture("newer"));
  std::minstd_rand random(1);
  int refusals = 0;
  for (int round = 0; round < 3000; ++round) {
    Elf elf = good;
    const std::size_t note = elf.owner() - 12;
    for (unsigned i = 0; i < 1 + random() % 4; ++i) {
      const std::size_t in_headers = random() % (64 + elf.header().e_phnum * 56u);
      elf.bytes[random() % 2 == 0 ? in_headers : note + random() % 80] = static_cast<char>(random());
      if (elf.header().e_phnum > 64 || elf.header().e_phoff != 64) break;
    }
    try {
      const PluginFile file(write("garbage.so", elf.bytes));
      EXPECT_FALSE(file.id().empty());
    } catch (const Fault &fault) {
      EXPECT_GT(std::strlen(fault.what()), 20u);
      ++refusals;
    }
  }
  EXPECT_GT(refusals, 1000);
}

// ---- who could have written it ----

TEST_F(PluginFileTest, WritableByOthers_IsRefused) {
  const std::string path = copy("newer", "p.so");
  for (const mode_t mode : {0664, 0646, 0777}) {
    chmod(path.c_str(), mode);
    EXPECT_NE(refused(TG_E_TRUST, path).find("can be written by others (mode 0"), std::string::npos);
  }
  chmod(path.c_str(), 0644);
  EXPECT_EQ(PluginFile(path).id(), "com.example.newer");
}

TEST_F(PluginFileTest, FolderWritableByOthers_IsRefused) {
  fs::create_directories(folder_ / "a/b");
  const std::string path = copy("newer", "a/b/p.so");
  chmod((folder_ / "a").c_str(), 0777);
  const std::string said = refused(TG_E_TRUST, path);
  EXPECT_NE(said.find("others can write its folder " + (folder_ / "a").string() + " (mode 0777)"), std::string::npos) << said;
  EXPECT_NE(said.find("chmod go-w"), std::string::npos);
  chmod((folder_ / "a").c_str(), 01777);
  EXPECT_EQ(PluginFile(path).id(), "com.example.newer") << "there others cannot replace it";
}

TEST_F(PluginFileTest, OfSomebodyElse_IsRefused) {
  if (geteuid() != 0) return;  // only root can give a file away
  const std::string path = copy("newer", "p.so");
  ASSERT_EQ(chown(path.c_str(), 12345, 0), 0);
  EXPECT_NE(refused(TG_E_TRUST, path).find("belongs to user 12345"), std::string::npos);
  ASSERT_EQ(chown(path.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(folder_.c_str(), 12345, 0), 0);
  EXPECT_NE(refused(TG_E_TRUST, path).find("belongs to user 12345, who could replace it"), std::string::npos);
}

TEST_F(PluginFileTest, LinksAndDetours_AreRefused_NamingTheFile) {
  const std::string path = copy("newer", "p.so");
  fs::create_symlink(path, folder_ / "link.so");
  fs::create_directory_symlink(folder_, folder_ / "round");
  for (const std::string &way : {(folder_ / "link.so").string(), (folder_ / "round/p.so").string(),
                                 folder_.string() + "/../" + folder_.filename().string() + "/p.so", folder_.string() + "//p.so"})
    EXPECT_NE(refused(TG_E_TRUST, way).find("give the file itself: " + path), std::string::npos) << way;
  EXPECT_NE(refused(TG_E_INVALID, "p.so").find("give its absolute path"), std::string::npos);
  EXPECT_NE(refused(TG_E_INVALID, "").find("give its absolute path"), std::string::npos);
  refused(TG_E_INVALID, std::string("/tmp\0/p.so", 10));
}

// ---- what is loaded is what was looked at ----

const tg_plugin_entry &entry_of(PluginFile &file) {
  return *static_cast<const tg_plugin_entry *>(dlsym(file.load(), TG_PLUGIN_SYMBOL));
}

TEST_F(PluginFileTest, SwappedAfterTheLook_IsLoadedAsLookedAt) {
  const std::string path = copy("newer", "p.so");
  PluginFile file(path);
  fs::rename(copy("sleepy", "other.so"), path);
  EXPECT_EQ(view(entry_of(file).id), "com.example.newer");
  PluginFile second(path);
  EXPECT_EQ(second.id(), "com.example.sleepy");
  EXPECT_EQ(view(entry_of(second).id), "com.example.sleepy");
}

/// P3: what is mapped is a sealed copy, which a file that is written anew does not reach.
TEST_F(PluginFileTest, WrittenInPlace_TheCopyIsLoaded_AndTheNewContentIsAnotherLibrary) {
  const std::string path = copy("newer", "p.so");
  PluginFile file(path);
  write("p.so", bytes_of(fixture("sleepy")));  // the same file, with other bytes
  const tg_plugin_entry &first = entry_of(file);
  EXPECT_EQ(view(first.id), "com.example.newer");
  PluginFile changed(path);
  const tg_plugin_entry &second = entry_of(changed);
  EXPECT_EQ(view(second.id), "com.example.sleepy");
  EXPECT_EQ(view(first.id), "com.example.newer") << "the first is as it was";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << "";  // would kill whoever has the file itself mapped
  EXPECT_EQ(view(second.id), "com.example.sleepy");
}

TEST_F(PluginFileTest, LoadedTwice_IsOneLibrary_UntilBothAreGone) {
  const std::string path = copy("newer", "p.so");
  const std::size_t before = MappedFiles::count();
  {
    PluginFile outer(path);
    void *const handle = outer.load();
    {
      PluginFile inner(path);
      EXPECT_EQ(inner.load(), handle);
      EXPECT_EQ(MappedFiles::count(), before + 1);
    }
    PluginFile other(copy("sleepy", "other.so"));
    EXPECT_EQ(view(entry_of(other).id), "com.example.sleepy") << "not what had its number before";
    EXPECT_EQ(view(static_cast<const tg_plugin_entry *>(dlsym(handle, TG_PLUGIN_SYMBOL))->id), "com.example.newer");
  }
  EXPECT_EQ(MappedFiles::count(), before);
}

/// Its number must not be given to another file, which the loader would take for it.
TEST_F(PluginFileTest, ThatNeverLeaves_StaysOpen) {
  const std::size_t before = MappedFiles::count();
  { PluginFile(fixture("stays")).load(); }
  EXPECT_EQ(MappedFiles::count(), before + 1);
  PluginFile other(copy("newer", "other.so"));
  EXPECT_EQ(view(entry_of(other).id), "com.example.newer");
  PluginFile again(fixture("stays"));
  EXPECT_EQ(view(entry_of(again).id), "com.example.stays");
  EXPECT_EQ(MappedFiles::count(), before + 2);
}

/// As programs do with what they have made in memory.
TEST_F(PluginFileTest, NumberOfALibraryThatSomebodyElseLoaded_IsNotUsed) {
  const int theirs = open(fixture("sleepy").c_str(), O_RDONLY | O_CLOEXEC);
  void *const handle = dlopen(("/proc/self/fd/" + std::to_string(theirs)).c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(handle, nullptr);
  close(theirs);
  PluginFile file(fixture("newer"));
  EXPECT_EQ(view(entry_of(file).id), "com.example.newer");
  dlclose(handle);
}

TEST_F(PluginFileTest, TenThousandTimes_LeavesNothingOpen) {
  const auto open_files = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  const std::string one = copy("newer", "1.so"), two = copy("sleepy", "2.so");
  const auto before = open_files();
  for (int i = 0; i < 10'000; ++i) {
    PluginFile file(i % 2 == 0 ? one : two);
    ASSERT_EQ(view(entry_of(file).id), i % 2 == 0 ? "com.example.newer" : "com.example.sleepy") << i;
  }
  EXPECT_EQ(open_files(), before);
}

// ---- names: P13 ----

TEST_F(PluginFileTest, LoadersSentence_NamesTheFile_NotADescriptor) {
  PluginFile file(fixture("unresolved"));
  try {
    file.load();
    ADD_FAILURE() << "not refused";
  } catch (const Fault &fault) {
    const std::string said = fault.what();
    EXPECT_EQ(said.find("/proc/self/fd"), std::string::npos) << said;
    EXPECT_NE(said.find(fixture("unresolved") + ": undefined symbol: nobody_has_this"), std::string::npos) << said;
  }
}

/// P3: though it is a copy in memory, dladdr() and debuggers have the path of the file.
TEST_F(PluginFileTest, Loaded_HasItsPathAsItsName) {
  const std::string path = copy("newer", "p.so");
  for (int round = 0; round < 3; ++round) {
    PluginFile first(path), second(path);
    const tg_plugin_entry &entry = entry_of(first);
    second.load();
    Dl_info info{};
    ASSERT_NE(dladdr(&entry, &info), 0);
    EXPECT_EQ(info.dli_fname, path);
    first.unload();
    ASSERT_NE(dladdr(&entry, &info), 0);
    EXPECT_EQ(info.dli_fname, path);
  }
}

}  // namespace
}  // namespace tidegate::sdk
