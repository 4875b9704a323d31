/* The versions: of the library, and of the two ABIs, which have numbers of their own. */
#ifndef TIDEGATE_VERSION_H
#define TIDEGATE_VERSION_H

/** An ABI version: major in the upper 16 bits, minor in the lower. The same major can talk to each other. */
#define TG_ABI(major, minor) (((uint32_t)(major) << 16) | (uint32_t)(minor))
#define TG_ABI_MAJOR(abi) ((uint32_t)(abi) >> 16)
#define TG_ABI_MINOR(abi) ((uint32_t)(abi)&0xffffu)

/** Between a server and the library. 0.9 until it is frozen as 1.0. */
#define TG_EMBED_ABI TG_ABI(0, 9)

/** Between the library and a vendor's plugin. 0.9 until it is frozen as 1.0. */
#define TG_PLUGIN_ABI TG_ABI(0, 9)

#define TG_VERSION "0.9.0"

#endif /* TIDEGATE_VERSION_H */
