/* The version of the library, and the versions of the two ABIs, which are numbered separately. */
#ifndef TIDEGATE_VERSION_H
#define TIDEGATE_VERSION_H

/** An ABI version: major number in the upper 16 bits, minor number in the lower. Versions with the same major number work together. */
#define TG_ABI(major, minor) (((uint32_t)(major) << 16) | (uint32_t)(minor))
#define TG_ABI_MAJOR(abi) ((uint32_t)(abi) >> 16)
#define TG_ABI_MINOR(abi) ((uint32_t)(abi)&0xffffu)

/** The ABI between a server and the library: 0.9 until it is frozen as 1.0. */
#define TG_EMBED_ABI TG_ABI(0, 9)

/** The ABI between the library and a vendor's plugin: 0.9 until it is frozen as 1.0. */
#define TG_PLUGIN_ABI TG_ABI(0, 9)

#define TG_VERSION "0.9.0"

#endif /* TIDEGATE_VERSION_H */
