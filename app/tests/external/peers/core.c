/* A libretro core for tests: no console, but a picture, sound and two pads with known results.

   Picture   5 x 3 pixels, 32 bits, lines 32 bytes apart. Pixel (x, y) of frame n is (n % 4) << 24 | buttons of pad 1 << 12
             | buttons of pad 2 << 4 ... see `retro_run`. If pictures are not wanted, it repeats the last one.
   Sound     7 pairs of samples per frame, the first in a separate call.
   Frames    count from the load of the library: only a loaded state sets them.
   State     the number of frames.

   With -D: REFUSES (refuses every game), PICKY=c (refuses those whose names end with this character), MUTE (never sends a
   picture), DRIFTS (differs in each run), SHORT (pixels of 16 bits), VERSION=n, NO_CORE (lacks a function), NEEDS (calls
   an undefined function), PICTURE=p and PITCH=n (reports its picture at a wrong address, which must not be read),
   SOUND=p and PAIRS=n (the same for its sound), STATE=n (reports a wrong size of its state), SLIPS (goes on a frame
   later than its state). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#ifndef VERSION
#define VERSION 1
#endif
#ifndef PICTURE
#define PICTURE lines
#endif
#ifndef PITCH
#define PITCH sizeof lines[0]
#endif
#ifndef SOUND
#define SOUND &sounds[0][0]
#endif
#ifndef PAIRS
#define PAIRS 6
#endif
#ifndef STATE
#define STATE sizeof frames
#endif
#ifdef SHORT
typedef uint16_t pixel;
#else
typedef uint32_t pixel;
#endif

struct game { const char *path; const void *data; size_t size; const char *meta; };
struct system { const char *name, *version, *extensions; bool full_path, no_archives; };
struct av { unsigned width, height, max_width, max_height; float aspect; double fps, rate; };
struct variable { const char *key, *value; };

typedef bool (*environment)(unsigned, void *);
typedef void (*video)(const void *, unsigned, unsigned, size_t);
typedef void (*sample)(int16_t, int16_t);
typedef size_t (*batch)(const int16_t *, size_t);
typedef void (*poll)(void);
typedef int16_t (*state)(unsigned, unsigned, unsigned, unsigned);

static environment ask;
static video show;
static sample play;
static batch play_all;
static poll look;
static state pressed;
static bool ready, loaded, sticks[2];
static uint32_t frames;

unsigned retro_api_version(void) { return VERSION; }
void retro_set_environment(environment f) { ask = f; }
void retro_set_video_refresh(video f) { show = f; }
void retro_set_audio_sample(sample f) { play = f; }
void retro_set_audio_sample_batch(batch f) { play_all = f; }
void retro_set_input_poll(poll f) { look = f; }
void retro_set_input_state(state f) { pressed = f; }
void retro_init(void) { ready = ask && show && play && play_all && look && pressed; }
void retro_deinit(void) { ready = false; }
void retro_unload_game(void) { loaded = false; }
void retro_reset(void) { frames += 100; }
size_t retro_serialize_size(void) { return STATE; }
bool retro_serialize(void *state, size_t size) { return size == sizeof frames && memcpy(state, &frames, size); }
void retro_set_controller_port_device(unsigned port, unsigned device) { sticks[port & 1] = loaded && device == 1; }

bool retro_unserialize(const void *state, size_t size)
{
    bool right = size == sizeof frames;
    if (right)
        memcpy(&frames, state, size);
#ifdef SLIPS
    frames++;
#endif
    return right;
}

void retro_get_system_info(struct system *info)
{
    *info = (struct system){ "Fake", "7", "nes", false, false };
}

void retro_get_system_av_info(struct av *info)
{
    *info = (struct av){ 5, 3, 5, 3, 1.0f, 60.0, 420.0 };
}

/* Fails if the host gives a wrong answer. */
bool retro_load_game(const struct game *game)
{
    const char *folder = NULL;
    struct variable option = { "fake_option", NULL };
    bool changed = true;
    unsigned format = sizeof(pixel) == 4 ? 1 : 2, unknown = 9;
    size_t end = strlen(game->path);
    loaded = ready
        && end > 4 && strcmp(game->path + end - 4, ".nes") == 0
        && game->size > 16 && memcmp(game->data, "NES\x1a", 4) == 0
        && ask(9, &folder) && folder && *folder
        && ask(31, &folder) && folder && *folder
        && !ask(15, &option) && !option.value
        && ask(17, &changed) && !changed
        && !ask(27, &unknown) && !ask(0x7777, NULL) && !ask(10, NULL) && !ask(9, NULL) && !ask(17, NULL)
        && ask(47 | 0x10000, NULL)
        && !ask(10, &unknown) && ask(10, &format)
        && ask(51 | 0x10000, NULL);
#ifdef NEEDS
    extern bool nobody_has_this(void);
    loaded = nobody_has_this();
#endif
#ifdef REFUSES
    loaded = false;
#endif
#ifdef PICKY
    loaded = loaded && game->path[end - 5] != PICKY;
#endif
    return loaded;
}

#ifndef NO_CORE
void retro_run(void)
{
    pixel lines[3][32 / sizeof(pixel)];
    int16_t sounds[6][2];
    unsigned wanted = 0, one_by_one = 0, id;
    uint32_t pads;

    look();
    for (id = 0; id < 16; id++)
        one_by_one |= pressed(0, 1, 0, id) << id;
    /* The bit mask has the same buttons; there is no third pad, no mouse and no button 16. */
    if (!sticks[0] || !sticks[1] || one_by_one != (uint16_t)pressed(0, 1, 0, 256) || pressed(2, 1, 0, 256)
        || pressed(0, 2, 0, 0) || pressed(0, 1, 0, 16))
        return;
    pads = one_by_one << 10 ^ (uint16_t)pressed(1, 1, 0, 256);
#ifdef DRIFTS
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pads ^= (uint32_t)now.tv_nsec;
#endif

    memset(lines, 0xEE, sizeof lines);
    for (unsigned y = 0; y < 3; y++)
        for (unsigned x = 0; x < 5; x++)
            lines[y][x] = (pixel)((frames % 4) << 24 | (pads ^ (x << 4 | y)));
    if (!ask(47 | 0x10000, &wanted))
        wanted = 3;
#ifndef MUTE
    show(wanted & 1 ? PICTURE : NULL, 5, 3, wanted & 1 ? PITCH : 0);
#endif

    play((int16_t)frames, -1);
    for (int i = 0; i < 6; i++)
        sounds[i][0] = (int16_t)(frames * 7 + i), sounds[i][1] = (int16_t)-i;
    play_all(SOUND, PAIRS);
    frames++;
}
#endif
