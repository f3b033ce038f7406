#include "image/label.h"

#include <math.h>
#include <string.h>

/* ---- text */

/* Bytes of the well-formed UTF-8 character at `s`; 0 if there is none. */
static size_t character_size(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    size_t size = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
    for (size_t i = 1; i < size; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0; /* the closing zero byte is caught here too */
    }
    unsigned second = s[1];
    bool is_overlong = (s[0] == 0xE0 && second < 0xA0) || (s[0] == 0xF0 && second < 0x90);
    bool is_no_character = (s[0] == 0xED && second > 0x9F) || (s[0] == 0xF4 && second > 0x8F);
    return is_overlong || is_no_character ? 0 : size;
}

/* Cairo refuses to draw anything once it has met malformed text, so it never gets any. */
static void clean(const char *text, char *out, size_t size) {
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    while (*in && used + 4 < size) {
        size_t length = character_size(in);
        bool is_control = length == 1 && (*in < 0x20 || *in == 0x7F);
        const char *from = length == 0 ? replacement : is_control ? " " : (const char *)in;
        size_t taken = length == 0 ? 3 : length;
        memcpy(out + used, from, taken);
        used += taken;
        in += length == 0 ? 1 : length;
    }
    out[used] = '\0';
}

static double text_width(cairo_t *cr, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

/* Copies as many characters as fit, with `ending` after them; returns how many bytes of `text` those are. */
static size_t fill_line(cairo_t *cr, const char *text, const char *ending, double most_width, char *line) {
    size_t fits = 0, next = 0, room = RG_LABEL_LINE_SIZE - strlen(ending) - 1;
    while (text[next]) {
        next += character_size((const unsigned char *)text + next);
        if (next > room) break;
        memcpy(line, text, next);
        memcpy(line + next, ending, strlen(ending) + 1);
        if (text_width(cr, line) > most_width && fits > 0) break;
        fits = next;
    }
    memcpy(line, text, fits);
    memcpy(line + fits, ending, strlen(ending) + 1);
    return fits;
}

/* Shortens a line that goes on in the next one to its last whole word, if it has more than one. */
static size_t break_at_space(char *line, size_t size) {
    for (size_t i = size; i > 0; i--) {
        if (line[i - 1] != ' ') continue;
        line[i - 1] = '\0';
        return i;
    }
    return size;
}

void rg_label_lay_out(cairo_t *cr, const char *text, double most_width, int most_lines, rg_label *out) {
    char all[RG_LABEL_LINES * RG_LABEL_LINE_SIZE];
    cairo_font_extents_t font;
    cairo_font_extents(cr, &font);
    clean(text, all, sizeof all);
    *out = (rg_label){.line_height = font.ascent + font.descent, .padding = 0.3 * font.ascent};
    if (most_lines > RG_LABEL_LINES) most_lines = RG_LABEL_LINES;

    const char *rest = all;
    double widest = 0;
    do {
        char *line = out->lines[out->line_count++];
        size_t taken = fill_line(cr, rest, "", most_width, line);
        if (rest[taken] && out->line_count < most_lines) {
            if (rest[taken] != ' ') taken = break_at_space(line, taken);
        } else if (rest[taken]) {
            taken = fill_line(cr, rest, "\xE2\x80\xA6", most_width, line);
            rest = "";
            taken = 0;
        }
        rest += taken;
        while (*rest == ' ') rest++;
        widest = fmax(widest, text_width(cr, line));
    } while (*rest);
    out->width = widest + 2 * out->padding;
    out->height = out->line_count * out->line_height + 2 * out->padding;
}

static void round_box(cairo_t *cr, double x, double y, double width, double height, double radius) {
    static const double quarter = 1.5707963267948966;
    cairo_new_path(cr);
    cairo_arc(cr, x + width - radius, y + radius, radius, -quarter, 0);
    cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, quarter);
    cairo_arc(cr, x + radius, y + height - radius, radius, quarter, 2 * quarter);
    cairo_arc(cr, x + radius, y + radius, radius, 2 * quarter, 3 * quarter);
    cairo_close_path(cr);
}

void rg_label_draw(cairo_t *cr, const rg_label *label, double x, double y, const double colour[3]) {
    cairo_font_extents_t font;
    cairo_font_extents(cr, &font);
    round_box(cr, x, y, label->width, label->height, label->padding);
    cairo_set_source_rgb(cr, colour[0], colour[1], colour[2]);
    cairo_fill_preserve(cr);
    cairo_set_source_rgba(cr, 0, 0, 0, 0.45); /* a rim, so that the box stands out from a tint of its own colour */
    cairo_set_line_width(cr, fmax(1, label->padding / 4));
    cairo_stroke(cr);

    double luminance = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
    double ink = luminance > 0.4 ? 0 : 1;
    cairo_set_source_rgb(cr, ink, ink, ink);
    for (int i = 0; i < label->line_count; i++) {
        cairo_move_to(cr, x + label->padding, y + label->padding + i * label->line_height + font.ascent);
        cairo_show_text(cr, label->lines[i]);
    }
}

/* ---- places */

static double shared_area(rg_box a, rg_box b) {
    double width = fmin(a.x + a.width, b.x + b.width) - fmax(a.x, b.x);
    double height = fmin(a.y + a.height, b.y + b.height) - fmax(a.y, b.y);
    return width > 0 && height > 0 ? width * height : 0;
}

static double clamp(double value, double size, double room) {
    return fmax(0, fmin(value, room - size));
}

/* Distance between two boxes, 0 if they touch. */
static double distance(rg_box a, rg_box b) {
    double dx = fmax(0, fmax(b.x - a.x - a.width, a.x - b.x - b.width));
    double dy = fmax(0, fmax(b.y - a.y - a.height, a.y - b.y - b.height));
    return hypot(dx, dy);
}

rg_site rg_site_of(const rg_rle *mask) {
    rg_site site = {.box = rg_rle_bounds(mask), .top_from = mask->width, .bottom_from = mask->width};
    uint32_t h = mask->height, top = (uint32_t)site.box.y, bottom = top + (uint32_t)site.box.height - 1;
    uint64_t to_middle = rg_rle_area(mask) / 2;
    uint32_t at = 0;
    for (size_t i = 0; i < mask->run_count; at += mask->runs[i++]) {
        uint32_t run = mask->runs[i];
        if (i % 2 == 0 || run == 0) continue;
        /* A run that goes on in the next column has both a top and a bottom pixel. */
        uint32_t first_x = at / h, last_x = (at + run - 1) / h, first_y = at % h, last_y = (at + run - 1) % h;
        bool wraps = first_x != last_x;
        if (first_y == top || wraps) {
            site.top_from = fmin(site.top_from, first_y == top ? first_x : first_x + 1);
            site.top_to = last_x + 1;
        }
        if (last_y == bottom || wraps) {
            site.bottom_from = fmin(site.bottom_from, first_x);
            site.bottom_to = last_y == bottom ? last_x + 1 : last_x;
        }
        if (to_middle < run) { /* the middle pixel, counted column by column */
            site.x = (at + (uint32_t)to_middle) / h + 0.5;
            site.y = (at + (uint32_t)to_middle) % h + 0.5;
            to_middle = UINT64_MAX;
        } else if (to_middle != UINT64_MAX) {
            to_middle -= run;
        }
    }
    return site;
}

/* How bad a place is. The weights only rank: hiding a label is worst, then being away from one's own region,
 * then hiding what other regions show, then hiding much of one's own. Stops at `least`. */
static double cost_of(rg_box place, size_t own, const rg_surroundings *around, double least) {
    rg_box region = around->sites[own].box;
    double area = place.width * place.height;
    double cost = 2 * distance(place, region) / hypot(around->width, around->height);
    cost += 0.6 * shared_area(place, region) / (region.width * region.height);
    for (size_t i = 0; i < around->label_count && cost < least; i++) {
        cost += 20 * shared_area(place, around->labels[i]) / area;
    }
    for (size_t i = 0; i < around->site_count && cost < least; i++) {
        rg_box other = around->sites[i].box;
        if (i != own) cost += 0.3 * shared_area(place, other) / fmin(area, other.width * other.height);
    }
    return cost;
}

/* Where a label begins that stands above or below a row of pixels: with the row, or, where that is shorter,
 * in its middle. */
static double align(double from, double to, double width) {
    return to - from >= width ? from : (from + to - width) / 2;
}

rg_box rg_label_place(double width, double height, size_t own, const rg_surroundings *around) {
    /* Further spots along the box around the region: left and top of the label, in shares of box and label.
     * Above, below, inside, beside; the order is the order of preference. */
    static const struct {
        double box_x, label_x, box_y, label_y;
    } spots[] = {
        {0, 0, 0, -1},  {1, -1, 0, -1}, {0, 0, 1, 0},  {1, -1, 1, 0}, {0, 0, 0, 0},   {1, -1, 0, 0},      {0, 0, 1, -1},
        {1, -1, 1, -1}, {1, 0, 0, 0},   {0, -1, 0, 0}, {1, 0, 1, -1}, {0, -1, 1, -1}, {.5, -.5, .5, -.5},
    };
    enum { ROWS = 2, SPOTS = ROWS + sizeof spots / sizeof *spots, GRID = 24 };
    const rg_site *site = &around->sites[own];
    rg_box best = {0}, box = site->box;
    double least = INFINITY;
    for (int i = 0; i < SPOTS + GRID * GRID; i++) {
        rg_box place = {.width = width, .height = height};
        if (i == 0) {
            place.x = align(site->top_from, site->top_to, width);
            place.y = box.y - height;
        } else if (i == 1) {
            place.x = align(site->bottom_from, site->bottom_to, width);
            place.y = box.y + box.height;
        } else if (i < SPOTS) {
            place.x = box.x + spots[i - ROWS].box_x * box.width + spots[i - ROWS].label_x * width;
            place.y = box.y + spots[i - ROWS].box_y * box.height + spots[i - ROWS].label_y * height;
        } else { /* anywhere in the picture */
            place.x = (i - SPOTS) % GRID * (around->width - width) / (GRID - 1);
            place.y = (double)((i - SPOTS) / GRID) * (around->height - height) / (GRID - 1);
        }
        place.x = clamp(place.x, width, around->width);
        place.y = clamp(place.y, height, around->height);
        double preference = 0.01 * fmin(i, SPOTS), cost = preference + cost_of(place, own, around, least - preference);
        if (cost >= least) continue;
        least = cost;
        best = place;
    }
    return best;
}
