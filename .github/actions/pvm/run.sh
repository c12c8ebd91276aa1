#!/usr/bin/env bash
# Runs one command of pvm on GitHub and tells its result where people look. Needs Git, gh and the
# whole history (fetch-depth: 0). Exits as pvm does, but for drift, which is told and is 0.
#
#   INPUT_COMMAND    validate, diff, plan, apply or drift
#   INPUT_DIRECTORY  the folder of pvm.yaml        INPUT_TARGET  a target of it, or empty
#   PULL_REQUEST     its number, or empty          GH_TOKEN      writes the comment or the issue
#   COMMIT           what a reader knows the state by: in a pull request its newest commit
set -euo pipefail

# gh has to be told where it is, if that is a GitHub of one's own.
export GH_HOST="${GITHUB_SERVER_URL#*://}" GH_ENTERPRISE_TOKEN="$GH_TOKEN"

folder="$RUNNER_TEMP/pvm"
run_url="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
mkdir -p "$folder"

if [[ ! $INPUT_TARGET =~ ^[A-Za-z0-9_-]*$ || ! $INPUT_DIRECTORY =~ ^[A-Za-z0-9._/-]+$ ]]; then
    echo "::error::directory and target have letters, digits, dots, dashes, underscores and slashes"
    exit 64
fi
target=()
if [[ -n $INPUT_TARGET ]]; then target=(--target "$INPUT_TARGET"); fi
# What comment, issue and kept files are known by: targets of two folders may have one name.
name="$INPUT_DIRECTORY${INPUT_TARGET:+ $INPUT_TARGET}"
if [[ -n $INPUT_TARGET && $INPUT_DIRECTORY == . ]]; then name="$INPUT_TARGET"; fi

# A function called before `||` goes on after a failed line, whatever `set -e` says: each says so.
main() {
    local code=0
    case "$INPUT_COMMAND" in
        validate) run_validate || code=$? ;;
        diff) run_diff || code=$? ;;
        plan) run_plan || code=$? ;;
        apply) run_apply || code=$? ;;
        drift) run_drift || code=$? ;;
        *)
            echo "::error::command is validate, diff, plan, apply or drift"
            exit 64
            ;;
    esac
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    echo "artifact=pvm-$INPUT_COMMAND-${name//[ \/]/-}" >>"$GITHUB_OUTPUT"
    if [[ $INPUT_COMMAND == drift && $code == 3 ]]; then code=0; fi
    exit "$code"
}

pvm_here() {
    pvm -C "$INPUT_DIRECTORY" "$@"
}

# Errors appear beside the lines that they are about.
run_validate() {
    pvm_here validate -o github
}

# Against the newest commit of the base branch that this merge has in it.
run_diff() {
    pvm_here diff "origin/$GITHUB_BASE_REF" --merge-base --report "markdown=$folder/result.md" \
        || return
    summarise
}

run_plan() {
    local code=0
    make_plan || code=$?
    if [[ -n $PULL_REQUEST ]]; then write_comment || return; fi
    return "$code"
}

# The plan is made first and kept, and apply does nothing but that plan. What became of it stands
# below it in the summary.
run_apply() {
    local code=0
    make_plan || return
    rm -f "$folder/result.md"
    pvm_here apply "$folder/plan.json" "${target[@]}" --report "markdown=$folder/result.md" \
        || code=$?
    if [[ -s $folder/result.md ]]; then
        echo >>"$GITHUB_STEP_SUMMARY"
        summarise
    fi
    return "$code"
}

run_drift() {
    local code=0
    pvm_here drift "${target[@]}" --report "markdown=$folder/result.md" || code=$?
    case "$code" in
        0) close_issue || return ;;
        3)
            summarise
            write_issue || return
            ;;
    esac
    return "$code"
}

# Leaves plan.json and result.md; where there is no plan, result.md says so.
make_plan() {
    local code=0
    rm -f "$folder/result.md"
    pvm_here plan "${target[@]}" --out "$folder/plan.json" \
        --report "markdown=$folder/result.md" || code=$?
    if [[ ! -s $folder/result.md ]]; then
        printf '### There is no plan\n\npvm ended with exit code %d; [its log](%s) says why.\n' \
            "$code" "$run_url" >"$folder/result.md"
    fi
    summarise
    return "$code"
}

summarise() {
    cat "$folder/result.md" >>"$GITHUB_STEP_SUMMARY"
}

# One comment for each target, known by its first line: the next plan takes its place.
write_comment() {
    local mark="<!-- pvm plan $name -->" ids address="repos/$GITHUB_REPOSITORY/issues"
    signed "$mark" >"$folder/body.md"
    ids=$(gh api --paginate "$address/$PULL_REQUEST/comments?per_page=100" \
        --jq "$(ours "$mark") | .id") || return
    if [[ -n $ids ]]; then
        gh api --method PATCH "$address/comments/${ids%%$'\n'*}" --field "body=@$folder/body.md" \
            --silent
    else
        gh api --method POST "$address/$PULL_REQUEST/comments" --field "body=@$folder/body.md" \
            --silent
    fi
}

write_issue() {
    local number address="repos/$GITHUB_REPOSITORY/issues"
    number=$(open_issue) || return
    signed "<!-- pvm drift $name -->" >"$folder/body.md"
    if [[ -n $number ]]; then
        gh api --method PATCH "$address/$number" --field "body=@$folder/body.md" --silent
    else
        gh api --method POST "$address" --raw-field "title=The server differs from Git: $name" \
            --field "body=@$folder/body.md" --silent
    fi
}

close_issue() {
    local number address="repos/$GITHUB_REPOSITORY/issues"
    number=$(open_issue) || return
    if [[ -z $number ]]; then return; fi
    gh api --method POST "$address/$number/comments" \
        --raw-field "body=The server is as the files say again: [run]($run_url)." --silent \
        || return
    gh api --method PATCH "$address/$number" --raw-field state=closed \
        --raw-field state_reason=completed --silent
}

# The number of the oldest open issue of ours about this target, or nothing.
open_issue() {
    local numbers
    numbers=$(gh api --paginate \
        "repos/$GITHUB_REPOSITORY/issues?state=open&sort=created&direction=asc&per_page=100" \
        --jq "$(ours "<!-- pvm drift $name -->") | select(.pull_request == null) | .number") || return
    echo "${numbers%%$'\n'*}"
}

# A filter of jq for what a workflow wrote under this mark; a person can copy the mark.
ours() {
    printf '.[] | select(.user.type == "Bot" and (.body // "" | startswith("%s")))' "$1"
}

signed() {
    printf '%s\n' "$1"
    cat "$folder/result.md"
    printf '\n<sub>%s · [run](%s)</sub>\n' "${COMMIT:0:12}" "$run_url"
}

main
