// The people of the built-in provider, in a file of their own.

package keys

// People is the table of the file that a provider's people_file names.
var People = Table{
	{Path: "people", Kind: List, Item: Section, Min: 1, Max: 10_000, Required: true, Example: "[{user_name: ada, subject: p-0001, password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g', email: ada@example.com, groups: [app-admin]}]",
		Doc: "The people who may sign in. User names differ from each other in more than upper and lower case."},
	{Path: "people[]", Kind: Section, Doc: "One person."},
	{Path: "people[].user_name", Kind: Match, Pattern: `^[^\x00-\x20\x7f]{1,128}$`, What: "a user name without spaces", Required: true, Example: "ada",
		Doc: "What the person types to sign in. Also their `preferred_username` claim."},
	{Path: "people[].subject", Kind: Match, Pattern: `^[\x21-\x7e]{1,255}$`, What: "a subject of at most 255 printable ASCII characters without spaces", Required: true, Example: "p-0001",
		Doc: "The person's `sub` claim. It never changes, even when the user name does, and is never given to someone else."},
	{Path: "people[].password_hash", Kind: Match, Pattern: `^\$argon2id\$v=19\$m=[0-9]{1,7},t=[0-9]{1,3},p=[0-9]{1,2}\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{21,171}$`, What: "an argon2id hash in PHC form ($argon2id$v=19$m=…,t=…,p=…$SALT$HASH)", Example: "'$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'",
		Doc: "The argon2id hash of the password in PHC form, as `doorward user hash` prints it. Put it in single quotes. Without it the person has no password, and signs in in another way."},
	{Path: "people[].name", Kind: Text, Max: 200, Example: "Ada Lovelace", Doc: "The `name` claim."},
	{Path: "people[].given_name", Kind: Text, Max: 200, Example: "Ada", Doc: "The `given_name` claim."},
	{Path: "people[].family_name", Kind: Text, Max: 200, Example: "Lovelace", Doc: "The `family_name` claim."},
	{Path: "people[].email", Kind: Match, Pattern: `^[^@\x00-\x20\x7f]{1,64}@[^@\x00-\x20\x7f]{1,189}$`, What: "an email address with one @", Example: "ada@example.com", Doc: "The `email` claim."},
	{Path: "people[].email_verified", Kind: Flag, Default: "false", Example: "true", Doc: "The `email_verified` claim."},
	{Path: "people[].phone", Kind: Text, Max: 64, Example: `"+49 30 901820"`, Doc: "The `phone_number` claim."},
	{Path: "people[].phone_verified", Kind: Flag, Default: "false", Example: "true", Doc: "The `phone_number_verified` claim."},
	{Path: "people[].badges", Kind: List, Item: Text, Max: 16, Default: "[]", Example: `["0004711"]`, Doc: "The numbers on the person's badges, as the reader types them. The store keeps only keyed digests of them."},
	{Path: "people[].roles", Kind: List, Item: Text, Max: 1000, Default: "[]", Example: "[operator]", Doc: "The `roles` claim."},
	{Path: "people[].groups", Kind: List, Item: Text, Max: 1000, Default: "[]", Example: "[app-admin, app-editor]", Doc: "The `groups` claim."},
	{Path: "people[].claims", Kind: Any, Default: "{}", Example: "{department: engineering}", Doc: "Further claims, a mapping of names to any values."},
	{Path: "people[].disabled", Kind: Flag, Default: "false", Example: "true", Doc: "The person cannot sign in."},
}
