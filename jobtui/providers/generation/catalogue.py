"""The vendor paths that a gateway documents, with the fields it documents for them."""

from __future__ import annotations

from jobtui.providers.base import Target, TargetParameter

_PROMPT = TargetParameter("prompt", required=True, description="What is to be seen")
_RATIO = TargetParameter("aspect_ratio", default="16:9", choices=("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"))
_SEED = TargetParameter("seed", "integer", default="-1", description="-1 leaves it to chance")
_JIMENG_PROMPT = TargetParameter("prompt", required=True, description="At most 150 characters")
_VIDU_MODEL = TargetParameter("model", required=True, description="Such as viduq1")
_KLING_MODEL = TargetParameter("model_name", description="Such as kling-v1-6")
_KLING_DURATION = TargetParameter("duration", default="5", choices=("5", "10"), description="Seconds")

DOCUMENTED_PATHS: tuple[Target, ...] = (
    Target(
        "minimax/v1/video_generation",
        "MiniMax Hailuo video",
        "A video from a prompt, a first frame, or both.",
        (
            TargetParameter(
                "model",
                required=True,
                default="MiniMax-Hailuo-02",
                # The reference's list ends in an ellipsis: there are models for pictures and characters besides.
                choices=("MiniMax-Hailuo-2.3", "MiniMax-Hailuo-02", "T2V-01", "T2V-01-Director"),
                open_choices=True,
            ),
            TargetParameter("prompt", description="At most 2000 characters; needed where there is no first frame"),
            TargetParameter("duration", "integer", default="6", choices=("6", "10"), description="Seconds"),
            # MiniMax itself has 512P too.
            TargetParameter("resolution", default="768P", choices=("720P", "768P", "1080P"), open_choices=True),
            TargetParameter("first_frame_image", description="URL or data URI"),
            TargetParameter("prompt_optimizer", "boolean", default="true"),
            TargetParameter("fast_pretreatment", "boolean"),
        ),
    ),
    Target("jimeng/text2video", "Jimeng text to video", "A video from a prompt.", (_JIMENG_PROMPT, _RATIO, _SEED)),
    Target(
        "jimeng/image2video",
        "Jimeng image to video",
        "A video from a picture and a prompt; base64 wins where both are given.",
        (
            _JIMENG_PROMPT,
            TargetParameter("image_urls", "array", description="Pictures to start from"),
            TargetParameter("binary_data_base64", "array", description="The same, written out"),
            _RATIO,
            _SEED,
        ),
    ),
    Target("vidu/text2video", "Vidu text to video", "A video from a prompt.", (_VIDU_MODEL, _PROMPT)),
    Target(
        "vidu/img2video",
        "Vidu image to video",
        "A video from a picture.",
        (_VIDU_MODEL, TargetParameter("images", "array", required=True), TargetParameter("prompt")),
    ),
    Target(
        "vidu/reference2video",
        "Vidu reference to video",
        "A video with what is on the pictures.",
        (_VIDU_MODEL, TargetParameter("images", "array", required=True), _PROMPT),
    ),
    Target(
        "volces/seedance",
        "Seedance video",
        "A video by Volcengine's Ark.",
        (
            TargetParameter("model", required=True),
            TargetParameter(
                "content",
                "array",
                required=True,
                description="Prompt and pictures",
                default='[{"type": "text", "text": ""}]',
            ),
        ),
    ),
    Target(
        "kling/v1/videos/text2video",
        "Kling text to video",
        "A video from a prompt.",
        (_KLING_MODEL, _PROMPT, _KLING_DURATION),
    ),
    Target(
        "kling/v1/videos/image2video",
        "Kling image to video",
        "A video from a picture.",
        (
            _KLING_MODEL,
            TargetParameter("image", required=True, description="URL or base64"),
            TargetParameter("prompt"),
            _KLING_DURATION,
        ),
    ),
    Target("kling/v1/videos/lip-sync", "Kling lip sync", "", (TargetParameter("input", "object", required=True),)),
    Target(
        "kling/v1/videos/video-extend",
        "Kling extension",
        "A longer video from one of Kling's.",
        (TargetParameter("video_id", required=True), TargetParameter("prompt")),
    ),
    Target(
        "kling/v1/videos/effects",
        "Kling effects",
        "",
        (TargetParameter("effect_scene", required=True), TargetParameter("input", "object", required=True)),
    ),
    Target(
        "v1/videos",
        "OpenAI-style video",
        "A video from a prompt, by whichever model the gateway has in that form.",
        (
            TargetParameter("model", required=True),
            _PROMPT,
            TargetParameter("seconds", default="4", description="Text, as the API wants it"),
            TargetParameter("size", default="1280x720", description="Pixels"),
        ),
    ),
)
"""All submit paths of the gateway's reference."""
