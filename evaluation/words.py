"""What the reports say whatever the figures: titles, conventions, headings."""

TITLES = {
    1: "Task 1: segmentation of GTVp and GTVn",
    2: "Task 2: risk of recurrence",
    3: "Task 3: HPV status",
}
CONVENTIONS = {
    1: (
        "GTVp Dice is a mean over patients. A patient without a primary counts 1 where none is "
        "predicted and 0 otherwise; the mean over patients who have one is given beside it, since "
        "the challenge has not published its rule.",
        "Aggregated Dice is twice the common volume of all patients over their volumes, in mm³.",
        "A lesion is a 26-connected component. It is found where a predicted one, taken by no "
        "other, has an IoU over 0.30 with it; pairs are made in order of their IoU. The "
        "challenge has published neither connectivity nor pairing.",
        "HD95 and surface Dice (2 mm) are between boundary voxels. HD95 is not defined where "
        "a mask is empty, and left out; surface Dice is then 0, and left out where both are.",
    ),
    2: (
        "The C-index is Harrell's. Of two patients the one who recurs earlier must have the "
        "higher risk; equal risks count half. A pair counts where the earlier time is a "
        "recurrence, or the times are equal and exactly one of them is.",
        "AUC over time compares who recurred by a day with who is followed beyond it, weighted "
        "by the inverse of the chance of being uncensored (Uno 2007).",
        "Risk groups are tertiles of the predicted risk; the p value is of the log-rank test.",
    ),
    3: (
        "Positive is HPV positive. Balanced accuracy is the mean of sensitivity and specificity; "
        "one call for everybody gives 0.5.",
        "The container answers true or false. AUC and calibration need probabilities, which a "
        "table of predictions may hold.",
    ),
}
INTERVALS = "Intervals, where there are any: 95 %, percentile bootstrap over patients."
BETTER = {"higher": "higher is better", "lower": "lower is better", "": ""}
COLUMNS = {
    1: {
        "centre": "centre",
        "gtvp_dice": "GTVp Dice",
        "gtvp_ml": "GTVp ml",
        "gtvp_true_ml": "true ml",
        "gtvp_hd95_mm": "HD95 mm",
        "gtvp_surface_dice_2mm": "surface Dice",
        "gtvn_dice": "GTVn Dice",
        "gtvn_ml": "GTVn ml",
        "gtvn_true_ml": "true ml",
        "gtvn_tp": "found",
        "gtvn_fp": "false",
        "gtvn_fn": "missed",
        "reason": "reason",
    },
    2: {
        "centre": "centre",
        "submitted": "submitted",
        "risk": "risk",
        "time_days": "days",
        "event": "recurrence",
        "group": "group",
    },
    3: {
        "centre": "centre",
        "truth": "HPV positive",
        "call": "called positive",
        "probability": "probability",
        "reason": "verdict",
    },
}
