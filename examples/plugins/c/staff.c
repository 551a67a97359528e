// The mapper "staff": a user and their roles from what a company's provider
// says about its staff. README.md has the rules, in this order.

#include "doorward.h"

// first is the first of two strings that is not empty.
static dw_text first(dw_value a, dw_value b) {
	dw_text text = dw_text_of(a);
	return text.len > 0 ? text : dw_text_of(b);
}

static void add_groups(dw_texts *groups, dw_value reported) {
	switch (dw_kind(reported)) {
	case 0:
	case 'n':
		return;
	case '"':
		dw_add(groups, dw_text_of(reported));
		return;
	}
	if (!dw_texts_of(reported, groups)) {
		dw_fail("groups is neither a string nor a list of strings");
	}
}

static void set_roles(const dw_texts *groups) {
	dw_text prefix = dw_text_of(dw_config("/prefix"));
	dw_texts roles = {0};
	dw_texts_of(dw_get("/user/roles"), &roles);
	size_t before = roles.count;
	for (size_t i = 0; i < groups->count; i++) {
		dw_text role;
		if (dw_cut_prefix(groups->list[i], prefix, &role) && role.len > 0) {
			dw_add_new(&roles, role);
		}
	}
	dw_set_roles(&roles);
	dw_log(DW_INFO, "%zu of %zu groups became roles", roles.count - before, groups->count);
}

void doorward_map(void) {
	dw_members claims, info;
	dw_members_of(dw_get("/sources/userInfo"), &info);
	if (dw_is_true(dw_member_of(&info, "suspended"))) {
		dw_deny("the account is suspended");
		return;
	}
	dw_members_of(dw_get("/sources/idTokenClaims"), &claims);
	dw_texts groups = {0};
	add_groups(&groups, dw_member_of(&claims, "groups"));
	add_groups(&groups, dw_member_of(&info, "groups"));
	if (dw_failed()) {
		return;
	}

	dw_set_user_name(dw_lower(dw_text_of(dw_member_of(&claims, "preferred_username"))));
	dw_set_first_name(first(dw_member_of(&info, "given_name"), dw_member_of(&claims, "given_name")));
	dw_set_last_name(first(dw_member_of(&info, "family_name"), dw_member_of(&claims, "family_name")));

	dw_text email = dw_text_of(dw_member_of(&claims, "email"));
	if (email.len > 0 && dw_is_true(dw_member_of(&claims, "email_verified"))) {
		dw_set_email(email);
	} else {
		dw_unset("email");
	}

	set_roles(&groups);
	dw_set_attribute("groupCount", dw_int_value((int64_t)groups.count));
	dw_set_attribute("locale", dw_text_value(dw_text_of(dw_member_of(&info, "locale"))));
	dw_value org = dw_member_of(&claims, "org");
	if (dw_kind(org) != 'n') {
		dw_set_attribute("org", org);
	}
}
