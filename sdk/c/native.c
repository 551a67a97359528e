// A host for tests: runs a mapper natively on input files, without Wasm.
//
//	cc -std=c11 -Isdk/c mapper.c sdk/c/doorward.c sdk/c/native.c -o mapper
//	./mapper testdata/CASE/input.json
//
// prints what a golden output.json holds, on one line:
//
//	{"result":{…},"log":["info: …"]}
//	{"failure":"REASON","log":[]}
//
// Without a file it reads standard input. It grants every source.

#include "doorward.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT (16 << 20)
#define MAX_LINES 64

static struct {
	dw_value input;
	char *output, *reason, *lines[MAX_LINES];
	size_t line_count;
} host;

static void die(const char *problem, const char *about) {
	fprintf(stderr, "%s: %s\n", about, problem);
	exit(2);
}

static char *kept(const char *prefix, const char *at, size_t len) {
	char *copy = malloc(strlen(prefix) + len + 1);
	if (!copy) {
		die("out of memory", "native");
	}
	strcpy(copy, prefix);
	if (len > 0) {
		memcpy(copy + strlen(prefix), at, len);
	}
	copy[strlen(prefix) + len] = 0;
	return copy;
}

// ---- What a guest imports --------------------------------------------------

// The blocks are part of the arena for good, as in a guest.
char *dw_host_block(size_t size, size_t *given) {
	*given = size;
	return malloc(size);
}

int32_t dw_host_get(const char *path, size_t path_len, char *buf, size_t cap) {
	if (path_len > 4096 || (path_len > 0 && path[0] != '/')) {
		return -2;
	}
	dw_value v = dw_at(host.input, ((dw_text){path, path_len}));
	if (!v.at) {
		return -1;
	}
	if (v.len > 0 && v.len <= cap) {
		memcpy(buf, v.at, v.len);
	}
	return (int32_t)v.len;
}

void dw_host_output_write(const char *at, size_t len) {
	if (host.output) {
		die("the result was written twice", "native");
	}
	host.output = kept("", at, len);
}

void dw_host_log(int32_t level, const char *at, size_t len) {
	static const char *const levels[] = {"debug: ", "info: ", "warn: ", "error: "};
	if (level < 0 || level > 3) {
		die("no such level", "dw_log");
	}
	if (host.line_count < MAX_LINES) {
		host.lines[host.line_count++] = kept(levels[level], at, len);
	}
}

void dw_host_fail(const char *at, size_t len) {
	free(host.reason);
	host.reason = kept("", at, len);
}

// ---- One input -------------------------------------------------------------

static char *read_all(const char *path, size_t *len) {
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char *text = malloc(MAX_INPUT);
	if (!file || !text) {
		die("cannot be read", path);
	}
	*len = fread(text, 1, MAX_INPUT, file);
	if (ferror(file) || *len == MAX_INPUT) {
		die("cannot be read, or is larger than 16 MiB", path);
	}
	if (file != stdin) {
		fclose(file);
	}
	return text;
}

static void print_text(const char *text) {
	dw_value quoted = dw_text_value(text);
	fwrite(quoted.at, 1, quoted.len, stdout);
}

static void print(int32_t code) {
	if (code == 0) {
		printf("{\"result\":%s,\"log\":[", host.output ? host.output : "{}");
	} else {
		printf("{\"failure\":");
		print_text(host.reason ? host.reason : "");
		printf(",\"log\":[");
	}
	for (size_t i = 0; i < host.line_count; i++) {
		printf(i > 0 ? "," : "");
		print_text(host.lines[i]);
	}
	printf("]}\n");
}

static void forget(void) {
	free(host.output);
	free(host.reason);
	for (size_t i = 0; i < host.line_count; i++) {
		free(host.lines[i]);
	}
	memset(&host, 0, sizeof host);
}

static void run(const char *path) {
	size_t len;
	char *text = read_all(path, &len);
	host.input = (dw_value){text, len};
	print(dw_call());
	forget();
	free(text);
}

int main(int argc, char **argv) {
	if (argc == 1) {
		run("-");
	}
	for (int i = 1; i < argc; i++) {
		run(argv[i]);
	}
	return 0;
}
