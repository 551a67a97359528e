// WASI preview 1, as far as a guest without files, network and environment can
// tell. Every function exists; what it changes belongs to the call.

package plugin

import (
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// errno is an error number of WASI preview 1.
type errno uint64

const (
	success  errno = 0
	badf     errno = 8  // no such file descriptor
	fault    errno = 21 // a range outside the memory
	inval    errno = 28
	notdir   errno = 54
	notsock  errno = 57
	notsup   errno = 58
	overflow errno = 61
	spipe    errno = 70 // streams do not seek
	nosys    errno = 52
)

// wasiFunctions are all of preview 1, in its order.
var wasiFunctions = []hostFunction{
	wasi("args_get", "ii", nothing),
	wasi("args_sizes_get", "ii", noStrings),
	wasi("environ_get", "ii", nothing),
	wasi("environ_sizes_get", "ii", noStrings),
	wasi("clock_res_get", "ii", clockResolution),
	wasi("clock_time_get", "iIi", clockTime),
	wasi("fd_advise", "iIIi", onStream(spipe)),
	wasi("fd_allocate", "iII", onStream(spipe)),
	wasi("fd_close", "i", fdClose),
	wasi("fd_datasync", "i", onStream(success)),
	wasi("fd_fdstat_get", "ii", fdStat),
	wasi("fd_fdstat_set_flags", "ii", onStream(notsup)),
	wasi("fd_fdstat_set_rights", "iII", onStream(notsup)),
	wasi("fd_filestat_get", "ii", fdFileStat),
	wasi("fd_filestat_set_size", "iI", onStream(inval)),
	wasi("fd_filestat_set_times", "iIIi", onStream(notsup)),
	wasi("fd_pread", "iiiIi", onStream(spipe)),
	wasi("fd_prestat_get", "ii", always(badf)),
	wasi("fd_prestat_dir_name", "iii", always(badf)),
	wasi("fd_pwrite", "iiiIi", onStream(spipe)),
	wasi("fd_read", "iiii", fdRead),
	wasi("fd_readdir", "iiiIi", onStream(notdir)),
	wasi("fd_renumber", "ii", fdRenumber),
	wasi("fd_seek", "iIii", onStream(spipe)),
	wasi("fd_sync", "i", onStream(success)),
	wasi("fd_tell", "ii", onStream(spipe)),
	wasi("fd_write", "iiii", fdWrite),
	wasi("path_create_directory", "iii", onStream(notdir)),
	wasi("path_filestat_get", "iiiii", onStream(notdir)),
	wasi("path_filestat_set_times", "iiiiIIi", onStream(notdir)),
	wasi("path_link", "iiiiiii", onStream(notdir)),
	wasi("path_open", "iiiiiIIii", onStream(notdir)),
	wasi("path_readlink", "iiiiii", onStream(notdir)),
	wasi("path_remove_directory", "iii", onStream(notdir)),
	wasi("path_rename", "iiiiii", onStream(notdir)),
	wasi("path_symlink", "iiiii", pathSymlink),
	wasi("path_unlink_file", "iii", onStream(notdir)),
	wasi("poll_oneoff", "iiii", poll),
	{"proc_exit", "i", 0, procExit},
	wasi("proc_raise", "i", always(nosys)),
	wasi("sched_yield", "", always(success)),
	wasi("random_get", "ii", randomGet),
	wasi("sock_accept", "iii", onStream(notsock)),
	wasi("sock_recv", "iiiiii", onStream(notsock)),
	wasi("sock_send", "iiiii", onStream(notsock)),
	wasi("sock_shutdown", "ii", onStream(notsock)),
}

// wasiFunction is a function of WASI: its parameters, and its error number.
type wasiFunction func(c *call, memory api.Memory, params []uint64) errno

func wasi(name, params string, run wasiFunction) hostFunction {
	return hostFunction{name, params, 1, func(c *call, memory api.Memory, stack []uint64) {
		stack[0] = uint64(run(c, memory, stack))
	}}
}

func always(e errno) wasiFunction {
	return func(*call, api.Memory, []uint64) errno { return e }
}

// onStream is what a function says to an open stream; its first parameter is a
// file descriptor.
func onStream(e errno) wasiFunction {
	return func(c *call, _ api.Memory, params []uint64) errno {
		if c.files.at(params[0]) == closed {
			return badf
		}
		return e
	}
}

// pathSymlink has its descriptor in third place.
func pathSymlink(c *call, memory api.Memory, params []uint64) errno {
	return onStream(notdir)(c, memory, params[2:])
}

// nothing fills two arrays of no strings.
func nothing(*call, api.Memory, []uint64) errno { return success }

// noStrings says that there are no strings, of no bytes.
func noStrings(_ *call, memory api.Memory, params []uint64) errno {
	if !memory.WriteUint32Le(uint32(params[0]), 0) || !memory.WriteUint32Le(uint32(params[1]), 0) {
		return fault
	}
	return success
}

func procExit(_ *call, _ api.Memory, stack []uint64) { panic(sys.NewExitError(uint32(stack[0]))) }

func randomGet(c *call, memory api.Memory, params []uint64) errno {
	buf, ok := memory.Read(uint32(params[0]), uint32(params[1]))
	if !ok {
		return fault
	}
	for len(buf) > 0 { // in pieces: a large one takes time
		piece := buf[:min(len(buf), 1<<20)]
		c.charge(int64(len(piece)) * fuelPerRandom)
		c.random.read(piece)
		buf = buf[len(piece):]
	}
	return success
}
